-- FlowSep for REAPER: type a sound, get it as a stem under the selected items.
--
-- Installed by `flowsep hosts install reaper`; needs REAPER 6 or later, and the flowsep command of the Python it was
-- installed from, whose path is set below. All changes to the project are one undo step. You can continue to work while it
-- runs; to stop it, run it again and terminate it. flowsep_script.py is the same script in Python.

local FLOWSEP = "flowsep" -- @FLOWSEP@

local SETTINGS = {
  place = "tracks",    -- "tracks" under the item's own, or "takes" inside the item
  mute_source = false, -- mute the separated items (tracks only)
  rest = true,         -- place the rest of the sound too
  format = "wav24",    -- "wav24", "wav32f" or "flac24"
  model = "default",
  device = "auto",
}

local START_SECONDS = 120
local M = {}

-- Why an item is silent in the project; nil where it is not.
function M.silence(item)
  if reaper.GetMediaItemInfo_Value(item, "B_MUTE") == 1 then return "is muted" end
  local track = reaper.GetMediaItem_Track(item)
  local has_lanes = reaper.GetMediaTrackInfo_Value(track, "I_FREEMODE") == 2
  if has_lanes and reaper.GetMediaItemInfo_Value(item, "C_LANEPLAYS") <= 0 then
    return "is on a fixed item lane that does not play"
  end
  if reaper.GetMediaTrackInfo_Value(track, "B_MUTE") == 1 then return "is on a muted track" end
  local folder = reaper.GetParentTrack(track)
  while folder ~= nil and reaper.GetMediaTrackInfo_Value(track, "B_MAINSEND") == 1 and #M.sends(track) == 0 do
    if reaper.GetMediaTrackInfo_Value(folder, "B_MUTE") == 1 then return "is in a muted folder" end
    track, folder = folder, reaper.GetParentTrack(folder)
  end
  return nil
end

-- The names of the sends of a track that are not muted, those to hardware first.
function M.sends(track)
  local names, outputs = {}, reaper.GetTrackNumSends(track, 1)
  for index = 0, outputs + reaper.GetTrackNumSends(track, 0) - 1 do
    local category, place = 1, index
    if index >= outputs then category, place = 0, index - outputs end
    if reaper.GetTrackSendInfo_Value(track, category, place, "B_MUTE") == 0 then
      names[#names + 1] = select(2, reaper.GetTrackSendName(track, index, ""))
    end
  end
  return names
end

-- What sounds of an item and its track, but will not in its stems; those of a folder pass through all that it has.
function M.differences(item, take)
  local differences = {}
  local function add(kind, name) differences[#differences + 1] = kind .. ' "' .. name .. '"' end
  local function add_plugins(owner, prefix)
    for fx = 0, reaper[prefix .. "_GetCount"](owner) - 1 do
      if reaper[prefix .. "_GetEnabled"](owner, fx) and not reaper[prefix .. "_GetOffline"](owner, fx) then
        add("plug-in", select(2, reaper[prefix .. "_GetFXName"](owner, fx, "")))
      end
    end
  end
  local function add_envelope(kind, envelope)
    local is_there, active = reaper.GetSetEnvelopeInfo_String(envelope, "ACTIVE", "", false)
    if reaper.CountEnvelopePoints(envelope) > 0 and not (is_there and active == "0") then
      add(kind, select(2, reaper.GetEnvelopeName(envelope, "")))
    end
  end
  add_plugins(take, "TakeFX")
  for index = 0, reaper.CountTakeEnvelopes(take) - 1 do
    add_envelope("take envelope", reaper.GetTakeEnvelope(take, index))
  end
  local track = reaper.GetMediaItem_Track(item)
  if SETTINGS.place == "takes" or reaper.GetMediaTrackInfo_Value(track, "I_FOLDERDEPTH") > 0 then return differences end
  if reaper.GetMediaTrackInfo_Value(track, "I_FXEN") ~= 0 then add_plugins(track, "TrackFX") end
  for _, name in ipairs(M.sends(track)) do add("send", name) end
  for index = 0, reaper.CountTrackEnvelopes(track) - 1 do
    add_envelope("automation", reaper.GetTrackEnvelope(track, index))
  end
  return differences
end

-- Why an item cannot be processed as it is in the project; nil where it can.
function M.obstacle(item)
  local take = reaper.GetActiveTake(item)
  if take == nil then return "is empty" end
  local silence = M.silence(item)
  if silence then return silence end
  if reaper.GetMediaItemInfo_Value(item, "B_ALLTAKESPLAY") == 1 then return "plays all its takes; switch that off first" end
  if reaper.TakeIsMIDI(take) then return "is MIDI, not audio" end
  if reaper.GetTakeNumStretchMarkers(take) > 0 then return "has stretch markers; glue it first" end
  local source = reaper.GetMediaItemTake_Source(take)
  if source == nil then return "has no audio file" end
  if reaper.GetMediaSourceParent(source) ~= nil then return "plays a section or backwards; glue it first" end
  if reaper.GetMediaSourceFileName(source, "") == "" then return "has no audio file" end
  local length, is_beats = reaper.GetMediaSourceLength(source)
  if is_beats or length <= 0 or reaper.GetMediaSourceSampleRate(source) <= 0 then return "is offline or not an audio file" end
  local first = reaper.GetMediaItemTakeInfo_Value(take, "D_STARTOFFS")
  local stop = first + M.played_seconds(item, take)
  if reaper.GetMediaItemInfo_Value(item, "B_LOOPSRC") == 1 and (first < -1e-6 or stop > length + 1e-6) then
    return "loops its source; glue it first"
  end
  if first >= length or stop <= 0 then return "is outside its file" end
  return nil
end

-- How many seconds of its source an item plays.
function M.played_seconds(item, take)
  return reaper.GetMediaItemInfo_Value(item, "D_LENGTH") * reaper.GetMediaItemTakeInfo_Value(take, "D_PLAYRATE")
end

-- The part of the item's file to separate: all frames that it plays, from the one at or before its start.
function M.describe(item)
  local take = reaper.GetActiveTake(item)
  local source = reaper.GetMediaItemTake_Source(take)
  local rate = math.floor(reaper.GetMediaSourceSampleRate(source))
  local first = reaper.GetMediaItemTakeInfo_Value(take, "D_STARTOFFS") * rate
  local last = first + M.played_seconds(item, take) * rate
  local start = math.max(0, math.floor(first + 1e-4))
  local stop = math.min(math.ceil(last - 1e-4), math.floor(reaper.GetMediaSourceLength(source) * rate + 0.5))
  return {
    item = item, take = take, rate = rate, path = reaper.GetMediaSourceFileName(source, ""),
    start = start, frames = math.max(1, stop - start),
  }
end

-- Splits "dog, rain" at commas and semicolons; empty queries are dropped.
function M.queries(text)
  local queries = {}
  for query in text:gmatch("[^,;]+") do
    query = query:match("^%s*(.-)%s*$")
    if query ~= "" then queries[#queries + 1] = query end
  end
  return queries
end

local ESCAPES = { ['"'] = '\\"', ["\\"] = "\\\\", ["\n"] = "\\n", ["\r"] = "\\r", ["\t"] = "\\t" }
function M.json(value)
  if type(value) == "string" then
    return '"' .. value:gsub('[%c"\\]', function(sign) return ESCAPES[sign] or ("\\u%04x"):format(sign:byte()) end) .. '"'
  elseif type(value) == "table" and (#value > 0 or next(value) == nil) then
    local words = {}
    for index, word in ipairs(value) do words[index] = M.json(word) end
    return "[" .. table.concat(words, ",") .. "]"
  elseif type(value) == "table" then
    local words = {}
    for key, word in pairs(value) do words[#words + 1] = M.json(key) .. ":" .. M.json(word) end
    return "{" .. table.concat(words, ",") .. "}"
  end
  return tostring(value)
end

-- The order for flowsep as JSON, one job per item.
function M.order(parts, queries, out)
  local jobs = {}
  for index, part in ipairs(parts) do
    jobs[index] = {
      input = part.path, out = out, request = { queries = queries }, rest = SETTINGS.rest, format = SETTINGS.format,
      absent = "leave_out",
      model = SETTINGS.model, device = SETTINGS.device,
      span = { start = part.start, frames = part.frames, rate = part.rate },
    }
  end
  return M.json({ jobs = jobs })
end

-- Quotes one argument of a command for the system's shell.
function M.quote(text, windows)
  text = text:gsub("[\r\n%z]", " ")
  if windows then
    text = text:gsub('(\\*)"', '%1%1\\"'):gsub("(\\+)$", "%1%1")
    return '"' .. text .. '"'
  end
  return "'" .. text:gsub("'", "'\\''") .. "'"
end

local function write(path, text)
  local file = assert(io.open(path, "wb"))
  file:write(text)
  file:close()
end

local function read(path)
  local file = io.open(path, "rb")
  if file == nil then return nil end
  local text = file:read("a")
  file:close()
  return text
end

-- Starts flowsep without waiting for it. Except on Windows, REAPER splits a command line by rules of its own, so the line
-- is written to a file for the shell, whose name needs outer quotes only; a `.code` file appears if the command fails.
function M.start(order, windows)
  local command = M.quote(FLOWSEP, windows) .. " hosts relay " .. M.quote(order, windows)
  if windows then
    reaper.ExecProcess(command, -1)
    return
  end
  local name = M.quote(order, false)
  write(order .. ".sh", "{ " .. command .. " || echo $? > " .. name .. ".code; } > " .. name .. ".log 2>&1 &\n")
  reaper.ExecProcess('/bin/sh "' .. order .. '.sh"', 10000)
end

-- The state file as a table; nil while there is none. See flowsep_plugin/hosts/relay.py.
function M.state(order)
  local text = read(order .. ".state")
  if text == nil then return nil end
  local state = { fraction = 0, files = {} }
  for line in text:gmatch("[^\n]+") do
    local words = {}
    for word in (line .. "\t"):gmatch("(.-)\t") do
      words[#words + 1] = word:gsub("%%(%x%x)", function(code) return string.char(tonumber(code, 16)) end)
    end
    if words[1] == "progress" then state.fraction, state.stage = tonumber(words[2]) or 0, words[3]
    elseif words[1] == "file" then
      local job = math.floor(tonumber(words[2]) or 0)
      state.files[job] = state.files[job] or {}
      table.insert(state.files[job], words[3])
    elseif words[1] == "end" then state.ended, state.message = words[2], words[3] or "" end
  end
  return state
end

local function track_text(track, name) return select(2, reaper.GetSetMediaTrackInfo_String(track, name, "", false)) end

local FOLDER_TRACK = { "D_PLAY_OFFSET", "I_PLAY_OFFSET_FLAG" }
local TRACK = {
  "D_VOL", "D_PAN", "I_PANMODE", "D_WIDTH", "D_DUALPANL", "D_DUALPANR", "D_PANLAW", "B_PHASE", "B_MAINSEND",
  "D_PLAY_OFFSET", "I_PLAY_OFFSET_FLAG",
}

-- The track below `track` for stems of this title, inserted when it is first needed. It copies level, pan, polarity, offset
-- and parent send; of a folder track the offset alone, as it passes through all else. It is inserted above a track that ends
-- a folder, to stay inside it.
function M.stem_track(track, title, stem_tracks)
  local guid = track_text(track, "GUID")
  stem_tracks[guid] = stem_tracks[guid] or { count = 0 }
  if stem_tracks[guid][title] then return stem_tracks[guid][title] end
  local depth = reaper.GetMediaTrackInfo_Value(track, "I_FOLDERDEPTH")
  local place = math.floor(reaper.GetMediaTrackInfo_Value(track, "IP_TRACKNUMBER"))
  if depth < 0 then place = place - 1 else place = place + stem_tracks[guid].count end
  reaper.InsertTrackAtIndex(place, false)
  local new = reaper.GetTrack(0, place)
  reaper.GetSetMediaTrackInfo_String(new, "P_NAME", track_text(track, "P_NAME") .. " [" .. title .. "]", true)
  for _, setting in ipairs(depth > 0 and FOLDER_TRACK or TRACK) do
    reaper.SetMediaTrackInfo_Value(new, setting, reaper.GetMediaTrackInfo_Value(track, setting))
  end
  stem_tracks[guid].count = stem_tracks[guid].count + 1
  stem_tracks[guid][title] = new
  return new
end

local ITEM = {
  "D_POSITION", "D_LENGTH", "D_SNAPOFFSET", "C_BEATATTACHMODE", "D_VOL", "D_FADEINLEN", "D_FADEOUTLEN", "D_FADEINLEN_AUTO",
  "D_FADEOUTLEN_AUTO", "D_FADEINDIR", "D_FADEOUTDIR", "C_FADEINSHAPE", "C_FADEOUTSHAPE",
}
local TAKE = { "D_VOL", "D_PAN", "D_PANLAW", "D_PLAYRATE", "B_PPITCH", "D_PITCH", "I_CHANMODE", "I_PITCHMODE" }

-- Adds a take that plays the stem as the source take plays its file; its start may be between two samples.
function M.add_take(part, item, path, title)
  local take = reaper.AddTakeToMediaItem(item)
  reaper.SetMediaItemTake_Source(take, reaper.PCM_Source_CreateFromFile(path))
  for _, name in ipairs(TAKE) do
    reaper.SetMediaItemTakeInfo_Value(take, name, reaper.GetMediaItemTakeInfo_Value(part.take, name))
  end
  local first = reaper.GetMediaItemTakeInfo_Value(part.take, "D_STARTOFFS")
  reaper.SetMediaItemTakeInfo_Value(take, "D_STARTOFFS", first - part.start / part.rate)
  reaper.GetSetMediaItemTakeInfo_String(take, "P_NAME", title, true)
end

function M.place(part, path, title, stem_tracks)
  if SETTINGS.place == "takes" then
    M.add_take(part, part.item, path, title)
    reaper.SetActiveTake(part.take)
    return
  end
  local item = reaper.AddMediaItemToTrack(M.stem_track(reaper.GetMediaItem_Track(part.item), title, stem_tracks))
  M.add_take(part, item, path, title)
  for _, name in ipairs(ITEM) do
    reaper.SetMediaItemInfo_Value(item, name, reaper.GetMediaItemInfo_Value(part.item, name))
  end
  reaper.SetMediaItemInfo_Value(item, "B_LOOPSRC", 0)
end

-- The queries whose stem was left out, as their sound is not in the item.
function M.not_found(files, queries)
  local missing = {}
  for index, query in ipairs(queries) do
    if files[index] == "" then missing[#missing + 1] = query end
  end
  return missing
end

-- Places all stems as one undo step; items that were deleted in the meantime are skipped, and sounds that are not found.
function M.place_all(parts, files, queries, notes)
  local stem_tracks = {}
  reaper.Undo_BeginBlock2(0)
  reaper.PreventUIRefresh(1)
  for number, part in ipairs(parts) do
    if not (reaper.ValidatePtr2(0, part.item, "MediaItem*") and reaper.ValidatePtr2(0, part.take, "MediaItem_Take*")) then
      notes[#notes + 1] = "Item " .. part.number .. " was deleted; its stems are in " .. part.out
    else
      local missing = M.not_found(files[number] or {}, queries)
      if #missing > 0 then
        notes[#notes + 1] = "Not found in item " .. part.number .. ": " .. table.concat(missing, ", ")
      end
      local is_placed = #missing < #queries
      for index, path in ipairs(is_placed and files[number] or {}) do
        if path ~= "" then M.place(part, path, queries[index] or "rest", stem_tracks) end
      end
      if is_placed and SETTINGS.mute_source then reaper.SetMediaItemInfo_Value(part.item, "B_MUTE", 1) end
    end
  end
  reaper.PreventUIRefresh(-1)
  reaper.Undo_EndBlock2(0, "FlowSep: " .. table.concat(queries, ", "), -1)
  reaper.UpdateArrange()
end

-- The selected items that can be processed, and notes for the user about the selection.
function M.selected()
  local parts, notes, missing, seen = {}, {}, {}, {}
  for index = 0, reaper.CountSelectedMediaItems(0) - 1 do
    local item = reaper.GetSelectedMediaItem(0, index)
    local reason = M.obstacle(item)
    if reason then
      notes[#notes + 1] = "Item " .. (index + 1) .. " was skipped: it " .. reason
    else
      parts[#parts + 1] = M.describe(item)
      parts[#parts].number = index + 1
      for _, difference in ipairs(M.differences(item, parts[#parts].take)) do
        if not seen[difference] then missing[#missing + 1] = difference end
        seen[difference] = true
      end
    end
  end
  if #missing > 0 then notes[#notes + 1] = "Not in the stems: " .. table.concat(missing, ", ") end
  return parts, notes
end

function M.say(text) reaper.ShowMessageBox(text, "FlowSep", 0) end

function M.show(text)
  reaper.ClearConsole()
  reaper.ShowConsoleMsg(text .. "\n")
end

-- Polls flowsep once and places the stems when it is done; REAPER calls it repeatedly until then.
function M.look(run)
  local state = M.state(run.order)
  if state == nil or state.ended == nil then
    local failure = read(run.order .. ".code") and (read(run.order .. ".log") or "")
    if failure or (state == nil and os.difftime(os.time(), run.began) > START_SECONDS) then
      M.finish(run)
      M.say("flowsep did not start: " .. FLOWSEP .. "\nRun `flowsep hosts install reaper` again.\n" .. (failure or ""))
      return
    end
    local percent = state and math.floor(100 * state.fraction) or 0
    if percent ~= run.percent then
      M.show("FlowSep: " .. percent .. " % of " .. #run.parts .. " item(s)")
      run.percent = percent
    end
    reaper.defer(function() M.look(run) end)
    return
  end
  M.finish(run)
  if state.ended ~= "done" then
    M.say(state.message)
    return
  end
  M.place_all(run.parts, state.files, run.queries, run.notes)
  if state.message ~= "" then run.notes[#run.notes + 1] = state.message end
  M.show("FlowSep: done")
  if #run.notes > 0 then M.say(table.concat(run.notes, "\n")) end
end

function M.finish(run)
  run.ended = true
  for _, ending in ipairs({ "", ".sh", ".state", ".log", ".code" }) do os.remove(run.order .. ending) end
end

-- Cancels the jobs when the user terminates the script.
function M.leave(run)
  if not run.ended then write(run.order .. ".cancel", "") end
end

function M.main()
  if SETTINGS.place == "takes" and SETTINGS.mute_source then
    M.say('Settings: a take cannot be muted by itself; switch mute_source off, or place as "tracks"')
    return
  end
  local parts, notes = M.selected()
  if #parts == 0 then
    M.say(#notes > 0 and table.concat(notes, "\n") or "Select the items to separate first.")
    return
  end
  local confirmed, answer = reaper.GetUserInputs("FlowSep", 1, "Sounds, separated by commas:,extrawidth=240,separator=\n", "")
  local queries = M.queries(answer or "")
  if not confirmed or #queries == 0 then return end
  local out = reaper.GetProjectPath("") .. "/FlowSep"
  for _, part in ipairs(parts) do part.out = out end
  local order = ("%s/flowsep-order-%d-%d.json"):format(reaper.GetResourcePath(), os.time(), math.random(1, 999999))
  local run = { parts = parts, notes = notes, queries = queries, order = order, began = os.time() }
  write(order, M.order(parts, queries, out))
  reaper.atexit(function() M.leave(run) end)
  M.start(order, reaper.GetOS():sub(1, 3) == "Win")
  M.look(run)
end

if FLOWSEP_TEST then return M end
M.main()
