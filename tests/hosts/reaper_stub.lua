-- Tracks and items are tables; values live under REAPER's own names, get and set as REAPER does.
local calls, project = {}, { tracks = {} }
local function named(object, name, default) local v = object[name]; if v == nil then return default or 0 end return v end
reaper = {}
function add_track(name) local t = { name = name, items = {}, D_VOL = 0.5, D_PAN = -0.25 }; project.tracks[#project.tracks + 1] = t; return t end
function add_item(track, values, take)
  values.track = track; values.take = take; if take then take.item = values end
  track.items[#track.items + 1] = values; return values
end
function reaper.CountSelectedMediaItems(p) local n = 0; for _, t in ipairs(project.tracks) do for _, i in ipairs(t.items) do if i.selected then n = n + 1 end end end return n end
function reaper.GetSelectedMediaItem(p, index)
  for _, t in ipairs(project.tracks) do for _, i in ipairs(t.items) do if i.selected then if index == 0 then return i end index = index - 1 end end end
end
function reaper.GetActiveTake(item) return item.take end
function reaper.TakeIsMIDI(take) return take.midi == true end
function reaper.GetTakeNumStretchMarkers(take) return take.stretch or 0 end
function reaper.GetMediaItemTake_Source(take) return take.source end
function reaper.GetMediaSourceParent(source) return source.parent end
function reaper.GetMediaSourceFileName(source, buffer) return source.path end
function reaper.GetMediaSourceLength(source) return source.length, false end
function reaper.GetMediaSourceSampleRate(source) return source.rate end
function reaper.GetMediaItemInfo_Value(item, name) return named(item, name) end
function reaper.SetMediaItemInfo_Value(item, name, value) item[name] = value; return true end
function reaper.GetMediaItemTakeInfo_Value(take, name) return named(take, name, (name == "D_PLAYRATE" or name == "D_VOL") and 1 or 0) end
function reaper.SetMediaItemTakeInfo_Value(take, name, value) take[name] = value; return true end
function reaper.GetSetMediaItemTakeInfo_String(take, name, value, set) if set then take[name] = value end return true, take[name] end
function reaper.GetMediaItem_Track(item) return item.track end
function reaper.GetTrackGUID(track) for n, t in ipairs(project.tracks) do if t == track then track.guid = track.guid or ("{T" .. n .. "}") end end return track.guid end
function reaper.GetTrackName(track) return true, track.name end
function reaper.GetTrack(p, index) return project.tracks[index + 1] end
function reaper.InsertTrackAtIndex(index, defaults) assert(math.type(index) or true); table.insert(project.tracks, math.floor(index) + 1, { items = {} }) end
function reaper.GetMediaTrackInfo_Value(track, name)
  if name == "IP_TRACKNUMBER" then for n, t in ipairs(project.tracks) do if t == track then return n + 0.0 end end end
  return named(track, name)
end
function reaper.SetMediaTrackInfo_Value(track, name, value) track[name] = value; return true end
function reaper.GetSetMediaTrackInfo_String(track, name, value, set) if set then track.name = value end return true, track.name end
function reaper.AddMediaItemToTrack(track) local i = { track = track }; track.items[#track.items + 1] = i; return i end
function reaper.AddTakeToMediaItem(item) item.take = { item = item }; return item.take end
function reaper.PCM_Source_CreateFromFile(path) return { path = path } end
function reaper.SetMediaItemTake_Source(take, source) take.source = source; return true end
function reaper.ShowConsoleMsg(text) end
function reaper.ExecProcess(command, timeout) calls[#calls + 1] = "exec"; return exec(command) end
function reaper.GetResourcePath() return resources end
function reaper.GetProjectPath(buffer) return folder end
function reaper.GetOS() return "Other" end
function reaper.GetUserInputs(title, count, captions, values) return answer ~= nil, answer end
function reaper.MB(text, title, kind) calls[#calls + 1] = "MB " .. text; return 1 end
function reaper.Undo_BeginBlock2(p) calls[#calls + 1] = "begin" end
function reaper.Undo_EndBlock2(p, name, flags) calls[#calls + 1] = "end " .. name end
function reaper.PreventUIRefresh(n) calls[#calls + 1] = "refresh " .. n end
function reaper.UpdateArrange() calls[#calls + 1] = "update" end
return calls, project
