-- FlowSep for REAPER: type a sound, get it as a stem under the selected items.
--
-- Installed by `flowsep hosts install reaper`; needs REAPER 6 or later, and the flowsep command of the Python it was
-- installed from, whose path is written in below. Everything that changes the project is one step of undo.

local FLOWSEP = "flowsep" -- @FLOWSEP@

local M = {}

-- Plain words for what cannot be processed as it lies in the project; nil where it can.
function M.obstacle(item)
  local take = reaper.GetActiveTake(item)
  if take == nil then return "is empty" end
  if reaper.TakeIsMIDI(take) then return "is MIDI, not audio" end
  if reaper.GetTakeNumStretchMarkers(take) > 0 then return "has stretch markers; glue it first" end
  local source = reaper.GetMediaItemTake_Source(take)
  if source == nil then return "has no audio file" end
  if reaper.GetMediaSourceParent(source) ~= nil then return "plays a section or backwards; glue it first" end
  if reaper.GetMediaSourceFileName(source, "") == "" then return "has no audio file" end
  if reaper.GetMediaItemInfo_Value(item, "B_LOOPSRC") == 1 then
    local length, is_beats = reaper.GetMediaSourceLength(source)
    local rate = reaper.GetMediaItemTakeInfo_Value(take, "D_PLAYRATE")
    local stop = reaper.GetMediaItemTakeInfo_Value(take, "D_STARTOFFS") + reaper.GetMediaItemInfo_Value(item, "D_LENGTH") * rate
    if is_beats or stop > length + 1e-6 then return "loops its source; glue it first" end
  end
  return nil
end

-- What to take out of which file, in samples of that file.
function M.describe(item)
  local take = reaper.GetActiveTake(item)
  local source = reaper.GetMediaItemTake_Source(take)
  local rate = reaper.GetMediaSourceSampleRate(source)
  local speed = reaper.GetMediaItemTakeInfo_Value(take, "D_PLAYRATE")
  local first = reaper.GetMediaItemTakeInfo_Value(take, "D_STARTOFFS")
  local length = reaper.GetMediaItemInfo_Value(item, "D_LENGTH") * speed
  return {
    item = item, take = take, rate = rate, path = reaper.GetMediaSourceFileName(source, ""),
    start = math.max(0, math.floor(first * rate + 0.5)), frames = math.floor(length * rate + 0.5),
  }
end

-- One argument of a command, in quotes that the system's own shell leaves alone.
function M.quote(text, windows)
  text = text:gsub("[\r\n%z]", " ")
  if windows then
    text = text:gsub('(\\*)"', '%1%1\\"'):gsub("(\\+)$", "%1%1")
    return '"' .. text .. '"'
  end
  return "'" .. text:gsub("'", "'\\''") .. "'"
end

function M.command(part, queries, out, windows)
  local words = { M.quote(FLOWSEP, windows), "separate", M.quote(part.path, windows) }
  for _, query in ipairs(queries) do
    words[#words + 1] = "-q"
    words[#words + 1] = M.quote(query, windows)
  end
  local rest = {
    "--start", part.start .. "samples", "--end", (part.start + part.frames) .. "samples",
    "--out", M.quote(out, windows), "--json",
  }
  for _, word in ipairs(rest) do words[#words + 1] = word end
  return table.concat(words, " ")
end

-- Run a command and return its exit code and output. Elsewhere than on Windows REAPER takes a line apart by rules of its
-- own, so the line goes into a file for the shell, whose name needs no quotes but the outer ones.
function M.run(command, windows)
  if not windows then
    local path = reaper.GetResourcePath() .. "/flowsep-job.sh"
    local file = assert(io.open(path, "w"))
    file:write(command, "\n")
    file:close()
    command = '/bin/sh "' .. path .. '"'
  end
  local output = reaper.ExecProcess(command, 0)
  if output == nil then return nil, "flowsep did not start: " .. command end
  return output:match("^%-?%d+"), (output:gsub("^%-?%d+\n?", "", 1))
end

-- "dog, rain" gives two sounds.
function M.queries(text)
  local found = {}
  for query in text:gmatch("[^,;]+") do
    query = query:match("^%s*(.-)%s*$")
    if query ~= "" then found[#found + 1] = query end
  end
  return found
end

-- Strings of a flat JSON list after a key, and of a key: all that is needed of flowsep's own events.
local ESCAPES = { n = "\n", t = "\t", r = "\r", b = "\b", f = "\f" }
function M.unescape(text)
  text = text:gsub("\\u[dD]([89abAB]%x%x)\\u[dD]([c-fC-F]%x%x)", function(high, low)
    local code = 0x10000 + (tonumber("d" .. high, 16) - 0xd800) * 0x400 + (tonumber("d" .. low, 16) - 0xdc00)
    return utf8.char(code)
  end)
  text = text:gsub("\\u(%x%x%x%x)", function(code) return utf8.char(tonumber(code, 16)) end)
  return (text:gsub("\\(.)", function(sign) return ESCAPES[sign] or sign end))
end

function M.json_string(line, key)
  local found = line:match('"' .. key .. '"%s*:%s*"(.-[^\\])"')
  return found and M.unescape(found)
end

-- File names of the stems and the rest, out of the event that says a file is done.
function M.written(output)
  local files = {}
  for line in output:gmatch("[^\r\n]+") do
    if line:find('"event"%s*:%s*"done"') then
      for name in line:gmatch('"file"%s*:%s*"(.-[^\\])"') do files[#files + 1] = M.unescape(name) end
      local rest = M.json_string(line, "rest")
      if rest and rest ~= "" then files[#files + 1] = rest end
    end
  end
  return files
end

-- A new track under `track` for stems of this title, made once a run; settings of its fader are copied.
function M.stem_track(track, title, made)
  local key = reaper.GetTrackGUID(track) .. title
  if made[key] then return made[key] end
  local count = 0
  for known in pairs(made) do
    if known:sub(1, #reaper.GetTrackGUID(track)) == reaper.GetTrackGUID(track) then count = count + 1 end
  end
  local place = reaper.GetMediaTrackInfo_Value(track, "IP_TRACKNUMBER") + count
  reaper.InsertTrackAtIndex(place, false)
  local new = reaper.GetTrack(0, place)
  local _, name = reaper.GetTrackName(track)
  reaper.GetSetMediaTrackInfo_String(new, "P_NAME", name .. " [" .. title .. "]", true)
  for _, setting in ipairs({ "D_VOL", "D_PAN" }) do
    reaper.SetMediaTrackInfo_Value(new, setting, reaper.GetMediaTrackInfo_Value(track, setting))
  end
  made[key] = new
  return new
end

local ITEM = { "D_POSITION", "D_LENGTH", "D_VOL", "D_FADEINLEN", "D_FADEOUTLEN", "C_FADEINSHAPE", "C_FADEOUTSHAPE" }
local TAKE = { "D_VOL", "D_PAN", "D_PLAYRATE", "B_PPITCH", "D_PITCH", "I_CHANMODE" }

-- The stem plays as its source does; it starts with the trimmed item, so its offset is what the source's lay between samples.
function M.place(part, path, title, made)
  local track = M.stem_track(reaper.GetMediaItem_Track(part.item), title, made)
  local item = reaper.AddMediaItemToTrack(track)
  local take = reaper.AddTakeToMediaItem(item)
  reaper.SetMediaItemTake_Source(take, reaper.PCM_Source_CreateFromFile(path))
  for _, name in ipairs(ITEM) do
    reaper.SetMediaItemInfo_Value(item, name, reaper.GetMediaItemInfo_Value(part.item, name))
  end
  for _, name in ipairs(TAKE) do
    reaper.SetMediaItemTakeInfo_Value(take, name, reaper.GetMediaItemTakeInfo_Value(part.take, name))
  end
  local first = reaper.GetMediaItemTakeInfo_Value(part.take, "D_STARTOFFS")
  reaper.SetMediaItemTakeInfo_Value(take, "D_STARTOFFS", math.max(0, first - part.start / part.rate))
  reaper.SetMediaItemInfo_Value(item, "B_LOOPSRC", 0)
  reaper.GetSetMediaItemTakeInfo_String(take, "P_NAME", title, true)
  return item
end

function M.selected()
  local parts, refused = {}, {}
  for index = 0, reaper.CountSelectedMediaItems(0) - 1 do
    local item = reaper.GetSelectedMediaItem(0, index)
    local reason = M.obstacle(item)
    if reason then refused[#refused + 1] = "Item " .. (index + 1) .. " " .. reason
    else parts[#parts + 1] = M.describe(item) end
  end
  return parts, refused
end

-- Do all parts; nothing is placed until every stem is there.
function M.separate(parts, queries, out, windows)
  local jobs = {}
  for number, part in ipairs(parts) do
    reaper.ShowConsoleMsg("FlowSep: item " .. number .. " of " .. #parts .. " …\n")
    local code, output = M.run(M.command(part, queries, out, windows), windows)
    local files = M.written(output)
    if code ~= "0" or #files < #queries then return nil, M.json_string(output, "message") or output end
    jobs[#jobs + 1] = { part = part, files = files }
  end
  return jobs
end

function M.place_all(jobs, queries, out)
  local made = {}
  reaper.Undo_BeginBlock2(0)
  reaper.PreventUIRefresh(1)
  for _, job in ipairs(jobs) do
    for index, name in ipairs(job.files) do
      M.place(job.part, out .. "/" .. name, queries[index] or "rest", made)
    end
  end
  reaper.PreventUIRefresh(-1)
  reaper.Undo_EndBlock2(0, "FlowSep: " .. table.concat(queries, ", "), -1)
  reaper.UpdateArrange()
end

function M.main()
  local parts, refused = M.selected()
  if #parts == 0 then
    local why = #refused > 0 and table.concat(refused, "\n") or "Select the items to separate first."
    reaper.MB(why, "FlowSep", 0)
    return
  end
  local fine, answer = reaper.GetUserInputs("FlowSep", 1, "Sounds, with commas:,extrawidth=240,separator=\n", "")
  local queries = M.queries(answer or "")
  if not fine or #queries == 0 then return end
  local out = reaper.GetProjectPath("") .. "/FlowSep"
  local jobs, trouble = M.separate(parts, queries, out, reaper.GetOS():sub(1, 3) == "Win")
  if jobs == nil then
    reaper.MB(trouble, "FlowSep", 0)
    return
  end
  M.place_all(jobs, queries, out)
  if #refused > 0 then reaper.MB("Left out:\n" .. table.concat(refused, "\n"), "FlowSep", 0) end
end

if FLOWSEP_TEST then return M end
M.main()
