-- FlowSep for Ardour 7 and later: type a sound, get it as a stem under the selected regions.
--
-- Installed by `flowsep hosts install ardour`, which writes the two paths below. One action does three things, by what
-- lies in the exchange folder: `ask.txt` wants the selection, `placement.txt` holds stems to place, and without either
-- it asks the user for sounds. Ardour forgets an action that fails, so nothing here may raise an error.

ardour {
  ["type"] = "EditorAction",
  name = "FlowSep",
  license = "GPL",
  author = "The FlowSep plugin's authors",
  description = [[Type a sound, get it as a stem under the selected regions. Run it again to place stems that wait.]],
}

function factory () return function ()
  local FLOWSEP = "flowsep" -- @FLOWSEP@
  local EXCHANGE = "" -- @EXCHANGE@
  local PEEK = "flowsep-peek"
  local WINDOWS = EXCHANGE:match("^%a:") ~= nil

  local function path(name) return EXCHANGE .. "/" .. name end

  -- A file of the exchange as rows of fields, and away with it; nil where there is none.
  local function take(name)
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

  -- The inverse; appears whole or not at all.
  local function put(name, rows)
    local file = assert(io.open(path(name .. ".part"), "w"))
    for _, row in ipairs(rows) do file:write(table.concat(row, "\t"), "\n") end
    file:close()
    os.remove(path(name))
    assert(os.rename(path(name .. ".part"), path(name)))
  end

  local function tell(text)
    LuaDialog.Message("FlowSep", text, LuaDialog.MessageType.Info, LuaDialog.ButtonType.Close):run()
  end

  -- Run what may fail; its error is given back without the place in this script.
  local function tried(what, ...)
    local fine, found = pcall(what, ...)
    if fine then return found, nil end
    return nil, (tostring(found):gsub("^.-:%d+: ", ""))
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

  -- The session as it is now, saved or not, as a snapshot that flowsep reads and removes.
  local function peek()
    Session:save_state(PEEK, false, false, false, false, false)
    return { "session", Session:path() .. "/" .. PEEK .. ".ardour" }
  end

  local function answer(asked)
    local rows = selected()
    if #rows == 0 then
      put("selection.txt", { asked[1], { "error", "no audio region is selected in Ardour" } })
      return
    end
    local session, trouble = tried(peek)
    table.insert(rows, 1, asked[1])
    rows[#rows + 1] = session or { "error", trouble }
    put("selection.txt", rows)
  end

  -------------------------------------------------------------------------------------------------------------- placing

  local function source_of(id)
    for route in Session:get_tracks():iter() do
      local track = route:to_track()
      local region = track:playlist():region_by_id(PBD.ID(id))
      if not region:isnil() then return route, region end
    end
    error("the region a stem came from is gone; nothing was placed, the stems lie in the session's audio files")
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
    local known = whole_file(file)
    if known then return known end
    local files = C.StringVector()
    files:push_back(file)
    local where, how = Temporal.timepos_t(0), Editing.ImportDistinctFiles
    Editor:do_embed(files, how, Editing.ImportAsRegion, where, ARDOUR.PluginInfo(), ARDOUR.Track())
    local region = whole_file(file)
    if region == nil then error("Ardour did not take " .. file) end
    return region
  end

  -- A track that sounds where its source does: its level, its place between the speakers, its outputs.
  local function like(source, new)
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

  -- An empty track of that name, as undo leaves it, is used again.
  local function track_named(name, source, channels, below)
    local known = Session:route_by_name(name)
    if not known:isnil() and not known:to_track():isnil() and known:to_track():playlist():n_regions() == 0 then
      return known:to_track()
    end
    local order = source:presentation_info_ptr():order() + 1 + below
    local outputs = source:n_outputs():n_audio()
    local made = Session:new_audio_track(channels, outputs, nil, 1, name, order, ARDOUR.TrackMode.Normal, false)
    if made:size() == 0 then error("Ardour made no track") end
    like(source, made:front())
    return made:front()
  end

  local STEM = {
    "source", "file", "track", "name", "place", "first", "frames", "gain", "fade_in", "fade_out", "in_shape",
    "out_shape",
  }

  local function described(row)
    local stem = {}
    for index, name in ipairs(STEM) do stem[name] = row[index + 1] end
    for _, name in ipairs({ "place", "first", "frames", "fade_in", "fade_out" }) do
      stem[name] = math.tointeger(tonumber(stem[name]))
    end
    return stem
  end

  -- Tracks and regions, not on the timeline yet: what Ardour has no undo for.
  local function prepared(rows)
    local stems, mutes, made, below = {}, {}, {}, {}
    for _, row in ipairs(rows) do
      if row[1] == "mute" then
        local _, region = source_of(row[2])
        mutes[#mutes + 1] = region
      elseif row[1] == "stem" then
        local stem = described(row)
        stem.route = source_of(stem.source)
        stem.whole = embedded(stem.file)
        stems[#stems + 1] = stem
      end
    end
    for _, stem in ipairs(stems) do
      local id = stem.route:to_stateful():id():to_s()
      if made[stem.track] == nil then
        made[stem.track] = track_named(stem.track, stem.route, stem.whole:to_audioregion():n_channels(), below[id] or 0)
        below[id] = (below[id] or 0) + 1
      end
      stem.playlist = made[stem.track]:playlist()
    end
    return stems, mutes
  end

  local function laid(stem)
    local region = ARDOUR.RegionFactory.clone_region(stem.whole, true, false)
    region:set_name(stem.name)
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

  -- One step of undo.
  local function put_down(stems, mutes, title)
    Session:begin_reversible_command(title)
    local playlists = {}
    for _, stem in ipairs(stems) do playlists[stem.track] = stem.playlist end
    for _, playlist in pairs(playlists) do playlist:to_stateful():clear_changes() end
    for _, stem in ipairs(stems) do laid(stem) end
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
    local stems, mutes = prepared(rows)
    put_down(stems, mutes, value(rows, "title"))
    local said = { rows[1] }
    for _, stem in ipairs(stems) do said[#said + 1] = { "track", stem.track } end
    return said
  end

  ----------------------------------------------------------------------------------------------------------- the user

  local function quoted(text)
    if WINDOWS then return '"' .. text:gsub('"', "") .. '"' end
    return "'" .. text:gsub("'", "'\\''") .. "'"
  end

  -- Ardour's own libraries must not come in the way of Python's.
  local function start()
    local command = quoted(FLOWSEP) .. " hosts ardour --asked"
    if WINDOWS then os.execute('start "FlowSep" /min ' .. command) return end
    local away = " </dev/null >" .. quoted(path("log.txt")) .. " 2>&1 &"
    os.execute("env -u LD_LIBRARY_PATH -u LD_PRELOAD " .. command .. away)
  end

  local function talk()
    local rows = selected()
    if #rows == 0 then tell("Select the regions to separate first.") return end
    local said = LuaDialog.Dialog("FlowSep", {
      { type = "entry", key = "sounds", title = "Sounds, with commas between" },
      { type = "checkbox", key = "mute", title = "Mute the regions", default = false },
    }):run()
    if not said then return end
    table.insert(rows, 1, { "token", "user" })
    for query in said["sounds"]:gmatch("[^,;]+") do
      query = query:gsub("%s+", " "):match("^%s*(.-)%s*$")
      if query ~= "" then rows[#rows + 1] = { "query", query } end
    end
    if rows[#rows][1] ~= "query" then return end
    if said["mute"] then rows[#rows + 1] = { "mute", "1" } end
    local session, trouble = tried(peek)
    if session == nil then tell(trouble) return end
    rows[#rows + 1] = session
    put("selection.txt", rows)
    start()
  end

  local function main()
    local asked = take("ask.txt")
    if asked then answer(asked) return end
    local failed = take("failed.txt")
    if failed then tell(value(failed, "error")) return end
    local waiting = take("placement.txt")
    if waiting == nil then talk() return end
    local said, trouble = tried(place, waiting)
    put("placed.txt", said or { waiting[1], { "error", trouble } })
    if trouble and value(waiting, "token") == "user" then tell(trouble) end
  end

  local _, trouble = tried(main)
  if trouble then tell(trouble) end
end end
