-- FlowSep for Ardour 7 and later: type a sound, get it as a stem under the selected regions.
--
-- Installed by `flowsep hosts install ardour`, which sets the two paths below. The action does one of three things,
-- depending on the exchange folder: `ask.txt` requests the selection, `placement.txt` holds stems to place, and without
-- either it asks the user for sounds. Ardour unloads an action that fails, so no error may leave this script.

ardour {
  ["type"] = "EditorAction",
  name = "FlowSep",
  license = "GPL",
  author = "The FlowSep plugin's authors",
  description = [[Type a sound, get it as a stem under the selected regions. Run it again to place waiting stems.]],
}

function factory () return function ()
  local FLOWSEP = "flowsep" -- @FLOWSEP@
  local EXCHANGE = "" -- @EXCHANGE@
  local PEEK = "flowsep-peek"
  local WINDOWS = EXCHANGE:match("^%a:") ~= nil

  local function path(name) return EXCHANGE .. "/" .. name end

  -- Reads a file of the exchange as rows of fields and deletes it; nil where there is none.
  local function receive(name)
    local file = io.open(path(name), "r")
    if file == nil then return nil end
    local rows = {}
    for line in file:lines() do
      local row = {}
      for field in (line .. "\t"):gmatch("([^\t]*)\t") do row[#row + 1] = field end
      rows[#rows + 1] = row
    end
    file:close()
    os.remove(path(name))
    return rows
  end

  -- Writes rows of fields to a file of the exchange, atomically.
  local function send(name, rows)
    local file = assert(io.open(path(name .. ".part"), "w"))
    for _, row in ipairs(rows) do file:write(table.concat(row, "\t"), "\n") end
    file:close()
    os.remove(path(name))
    assert(os.rename(path(name .. ".part"), path(name)))
  end

  local function show(text)
    LuaDialog.Message("FlowSep", text, LuaDialog.MessageType.Info, LuaDialog.ButtonType.Close):run()
  end

  -- Calls a function that may fail; returns its result, or nil and the error without its position in this script.
  local function try(call, ...)
    local succeeded, result = pcall(call, ...)
    if succeeded then return result, nil end
    return nil, (tostring(result):gsub("^.-:%d+: ", ""))
  end

  ---------------------------------------------------------------------------------------------------------- the selection

  local function selected()
    local rows = {}
    for region in Editor:get_selection().regions:regionlist():iter() do
      if not region:to_audioregion():isnil() then
        rows[#rows + 1] = { "region", region:to_stateful():id():to_s() }
      end
    end
    return rows
  end

  -- Saves the present state of the session as a snapshot, which flowsep reads and deletes.
  local function peek()
    Session:save_state(PEEK, false, false, false, false, false)
    return { "session", Session:path() .. "/" .. PEEK .. ".ardour" }
  end

  local function answer(request)
    local rows = selected()
    if #rows == 0 then
      send("selection.txt", { request[1], { "error", "no audio region is selected in Ardour" } })
      return
    end
    local session, trouble = try(peek)
    table.insert(rows, 1, request[1])
    rows[#rows + 1] = session or { "error", trouble }
    send("selection.txt", rows)
  end

  -------------------------------------------------------------------------------------------------------------- placing

  local function source_of(id)
    for route in Session:get_tracks():iter() do
      local track = route:to_track()
      local region = track:playlist():region_by_id(PBD.ID(id))
      if not region:isnil() then return route, region end
    end
    error("the region of a stem was deleted, so nothing was placed; the stems are in the session's audio files")
  end

  local function whole_file(file)
    local name = ARDOUR.LuaAPI.path_get_basename(file)
    for _, region in ARDOUR.RegionFactory.regions():iter() do
      if region:whole_file() and not region:to_audioregion():isnil() then
        local source = region:source(0):to_filesource()
        if not source:isnil() and ARDOUR.LuaAPI.path_get_basename(source:path()) == name then return region end
      end
    end
    return nil
  end

  local function embedded(file)
    local existing = whole_file(file)
    if existing then return existing end
    local files = C.StringVector()
    files:push_back(file)
    local where, how = Temporal.timepos_t(0), Editing.ImportDistinctFiles
    Editor:do_embed(files, how, Editing.ImportAsRegion, where, ARDOUR.PluginInfo(), ARDOUR.Track())
    local region = whole_file(file)
    if region == nil then error("Ardour could not import " .. file) end
    return region
  end

  -- Copies level, pan and output connections of the source track to the new one.
  local function copy_mix(source, new)
    local free = PBD.GroupControlDisposition.NoGroup
    new:gain_control():set_value(source:gain_control():get_value(), free)
    local from, to = source:pan_azimuth_control(), new:pan_azimuth_control()
    if not from:isnil() and not to:isnil() then to:set_value(from:get_value(), free) end
    for number = 0, new:n_outputs():n_audio() - 1 do
      local port = source:output():nth(math.min(number, source:n_outputs():n_audio() - 1))
      for route in Session:get_routes():iter() do
        for index = 0, route:n_inputs():n_audio() - 1 do
          local name = route:input():nth(index):name()
          if port:connected_to(name) then new:output():nth(number):connect(name) end
        end
      end
    end
  end

  -- Returns the track of that name, a new one unless an empty one exists, as undo leaves it.
  local function track_named(name, source, channels, below)
    local existing = Session:route_by_name(name)
    if not existing:isnil() and not existing:to_track():isnil() and existing:to_track():playlist():n_regions() == 0 then
      return existing:to_track()
    end
    local order = source:presentation_info_ptr():order() + 1 + below
    local outputs = source:n_outputs():n_audio()
    local tracks = Session:new_audio_track(channels, outputs, nil, 1, name, order, ARDOUR.TrackMode.Normal, false)
    if tracks:size() == 0 then error("Ardour could not create the track " .. name) end
    copy_mix(source, tracks:front())
    return tracks:front()
  end

  local STEM = {
    "source", "file", "track", "name", "place", "first", "frames", "gain", "fade_in", "fade_out", "in_shape",
    "out_shape", "opaque",
  }

  local function stem_of(row)
    local stem = {}
    for index, name in ipairs(STEM) do stem[name] = row[index + 1] end
    for _, name in ipairs({ "place", "first", "frames", "fade_in", "fade_out" }) do
      stem[name] = math.tointeger(tonumber(stem[name]))
    end
    return stem
  end

  -- Creates tracks and imports files, which Ardour cannot undo; nothing is on the timeline yet.
  local function prepare(rows)
    local stems, mutes, tracks, below = {}, {}, {}, {}
    for _, row in ipairs(rows) do
      if row[1] == "mute" then
        local _, region = source_of(row[2])
        mutes[#mutes + 1] = region
      elseif row[1] == "stem" then
        local stem = stem_of(row)
        stem.route = source_of(stem.source)
        stem.whole = embedded(stem.file)
        stems[#stems + 1] = stem
      end
    end
    for _, stem in ipairs(stems) do
      local id = stem.route:to_stateful():id():to_s()
      if tracks[stem.track] == nil then
        tracks[stem.track] = track_named(stem.track, stem.route, stem.whole:to_audioregion():n_channels(), below[id] or 0)
        below[id] = (below[id] or 0) + 1
      end
      stem.playlist = tracks[stem.track]:playlist()
    end
    return stems, mutes
  end

  local function add_region(stem)
    local region = ARDOUR.RegionFactory.clone_region(stem.whole, true, false)
    region:set_name(stem.name)
    region:set_opaque(stem.opaque == "1")
    region:trim_to(Temporal.timepos_t(stem.first), Temporal.timecnt_t(stem.frames))
    local audio = region:to_audioregion()
    audio:set_scale_amplitude(tonumber(stem.gain))
    for _, edge in ipairs({ "in", "out" }) do
      local frames = stem["fade_" .. edge]
      if frames > 0 then
        audio["set_fade_" .. edge .. "_shape"](audio, ARDOUR.FadeShape[stem[edge .. "_shape"]])
        audio["set_fade_" .. edge .. "_length"](audio, frames)
      end
      audio["set_fade_" .. edge .. "_active"](audio, frames > 0)
    end
    stem.playlist:add_region(region, Temporal.timepos_t(stem.place), 1, false, 0, 0, false)
  end

  -- Places the stems and mutes the sources as one undo step.
  local function place_stems(stems, mutes, title)
    Session:begin_reversible_command(title)
    local playlists = {}
    for _, stem in ipairs(stems) do playlists[stem.track] = stem.playlist end
    for _, playlist in pairs(playlists) do playlist:to_stateful():clear_changes() end
    for _, stem in ipairs(stems) do add_region(stem) end
    for _, playlist in pairs(playlists) do Session:add_stateful_diff_command(playlist:to_statefuldestructible()) end
    for _, region in ipairs(mutes) do
      region:to_stateful():clear_changes()
      region:set_muted(true)
      Session:add_stateful_diff_command(region:to_statefuldestructible())
    end
    if not Session:abort_empty_reversible_command() then Session:commit_reversible_command(nil) end
  end

  local function value(rows, key)
    for _, row in ipairs(rows) do
      if row[1] == key then return row[2] end
    end
    return nil
  end

  local function place(rows)
    if value(rows, "session") ~= Session:path() then
      error("the stems belong to " .. tostring(value(rows, "session")) .. "; open it and run FlowSep again")
    end
    local stems, mutes = prepare(rows)
    place_stems(stems, mutes, value(rows, "title"))
    local reply = { rows[1] }
    for _, stem in ipairs(stems) do reply[#reply + 1] = { "track", stem.track } end
    return reply
  end

  ----------------------------------------------------------------------------------------------------------- the user

  local function quoted(text)
    if WINDOWS then return '"' .. text:gsub('"', "") .. '"' end
    return "'" .. text:gsub("'", "'\\''") .. "'"
  end

  -- Python must not load the libraries that come with Ardour.
  local function start()
    local command = quoted(FLOWSEP) .. " hosts ardour --asked"
    if WINDOWS then os.execute('start "FlowSep" /min ' .. command) return end
    local redirection = " </dev/null >" .. quoted(path("log.txt")) .. " 2>&1 &"
    os.execute("env -u LD_LIBRARY_PATH -u LD_PRELOAD " .. command .. redirection)
  end

  local function ask_user()
    local rows = selected()
    if #rows == 0 then show("Select the regions to separate first.") return end
    local input = LuaDialog.Dialog("FlowSep", {
      { type = "entry", key = "sounds", title = "Sounds, separated by commas" },
      { type = "checkbox", key = "mute", title = "Mute the regions", default = false },
    }):run()
    if not input then return end
    table.insert(rows, 1, { "token", "user" })
    for query in input["sounds"]:gmatch("[^,;]+") do
      query = query:gsub("%s+", " "):match("^%s*(.-)%s*$")
      if query ~= "" then rows[#rows + 1] = { "query", query } end
    end
    if rows[#rows][1] ~= "query" then return end
    if input["mute"] then rows[#rows + 1] = { "mute", "1" } end
    local session, trouble = try(peek)
    if session == nil then show(trouble) return end
    rows[#rows + 1] = session
    send("selection.txt", rows)
    start()
  end

  local function main()
    local request = receive("ask.txt")
    if request then answer(request) return end
    local failure = receive("failed.txt")
    if failure then show(value(failure, "error")) return end
    local placement = receive("placement.txt")
    if placement == nil then ask_user() return end
    local reply, trouble = try(place, placement)
    send("placed.txt", reply or { placement[1], { "error", trouble } })
    if trouble and value(placement, "token") == "user" then show(trouble) end
  end

  local _, trouble = try(main)
  if trouble then show(trouble) end
end end
