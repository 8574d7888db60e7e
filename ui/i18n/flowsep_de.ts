<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="de" sourcelanguage="en">
 <context>
  <name>Actions</name>
  <message>
   <source>A courtyard: a dog, voices</source>
   <translation>Ein Hof: ein Hund, Stimmen</translation>
  </message>
  <message>
   <source>About FlowSep</source>
   <translation>Über FlowSep</translation>
  </message>
  <message>
   <source>Another take</source>
   <translation>Noch ein Take</translation>
  </message>
  <message>
   <source>Ask once more for what failed</source>
   <translation>Noch einmal anfragen, was gescheitert ist</translation>
  </message>
  <message>
   <source>Audio files or a session</source>
   <translation>Audiodateien oder eine Session</translation>
  </message>
  <message>
   <source>Close</source>
   <translation>Schließen</translation>
  </message>
  <message>
   <source>Close what is in front</source>
   <translation>Schließen, was vorn ist</translation>
  </message>
  <message>
   <source>Draft now</source>
   <translation>Jetzt entwerfen</translation>
  </message>
  <message>
   <source>Edit</source>
   <translation>Bearbeiten</translation>
  </message>
  <message>
   <source>Export stems…</source>
   <translation>Stems exportieren…</translation>
  </message>
  <message>
   <source>Few steps, 20 s at most</source>
   <translation>Wenige Schritte, höchstens 20 s</translation>
  </message>
  <message>
   <source>File</source>
   <translation>Datei</translation>
  </message>
  <message>
   <source>First steps</source>
   <translation>Erste Schritte</translation>
  </message>
  <message>
   <source>Format, names, handles, folder</source>
   <translation>Format, Namen, Überhang, Ordner</translation>
  </message>
  <message>
   <source>Full screen</source>
   <translation>Vollbild</translation>
  </message>
  <message>
   <source>Go to the text field</source>
   <translation>Zum Textfeld gehen</translation>
  </message>
  <message>
   <source>Help</source>
   <translation>Hilfe</translation>
  </message>
  <message>
   <source>Install, check, remove</source>
   <translation>Installieren, prüfen, entfernen</translation>
  </message>
  <message>
   <source>MIDI controls…</source>
   <translation>MIDI-Steuerung…</translation>
  </message>
  <message>
   <source>Models…</source>
   <translation>Modelle…</translation>
  </message>
  <message>
   <source>Next take</source>
   <translation>Nächster Take</translation>
  </message>
  <message>
   <source>Open the example</source>
   <translation>Das Beispiel öffnen</translation>
  </message>
  <message>
   <source>Open the folder of this take</source>
   <translation>Den Ordner dieses Takes öffnen</translation>
  </message>
  <message>
   <source>Open…</source>
   <translation>Öffnen…</translation>
  </message>
  <message>
   <source>Place in session…</source>
   <translation>In die Session einsetzen…</translation>
  </message>
  <message>
   <source>Play</source>
   <translation>Wiedergabe</translation>
  </message>
  <message>
   <source>Previous take</source>
   <translation>Voriger Take</translation>
  </message>
  <message>
   <source>Put the stems onto tracks of the session, with a preview; can be undone</source>
   <translation>Die Stems auf Spuren der Session legen, mit Vorschau; lässt sich rückgängig machen</translation>
  </message>
  <message>
   <source>Quit</source>
   <translation>Beenden</translation>
  </message>
  <message>
   <source>Redo</source>
   <translation>Wiederholen</translation>
  </message>
  <message>
   <source>Ruler: bars and beats</source>
   <translation>Lineal: Takte und Schläge</translation>
  </message>
  <message>
   <source>Ruler: time</source>
   <translation>Lineal: Zeit</translation>
  </message>
  <message>
   <source>Ruler: timecode</source>
   <translation>Lineal: Timecode</translation>
  </message>
  <message>
   <source>Same sounds, next seed</source>
   <translation>Dieselben Klänge, nächster Seed</translation>
  </message>
  <message>
   <source>Save as preset…</source>
   <translation>Als Vorlage sichern…</translation>
  </message>
  <message>
   <source>Separate</source>
   <translation>Trennen</translation>
  </message>
  <message>
   <source>Settings…</source>
   <translation>Einstellungen…</translation>
  </message>
  <message>
   <source>Shortcuts…</source>
   <translation>Tastenkürzel…</translation>
  </message>
  <message>
   <source>Show stems in their folder</source>
   <translation>Die Stems in ihrem Ordner zeigen</translation>
  </message>
  <message>
   <source>Sounds</source>
   <translation>Klänge</translation>
  </message>
  <message>
   <source>Stem folder…</source>
   <translation>Ordner der Stems…</translation>
  </message>
  <message>
   <source>Stems in full quality, of what is selected</source>
   <translation>Stems der Auswahl in voller Güte</translation>
  </message>
  <message>
   <source>Try again</source>
   <translation>Noch einmal</translation>
  </message>
  <message>
   <source>Type a sound</source>
   <translation>Einen Klang eingeben</translation>
  </message>
  <message>
   <source>Undo</source>
   <translation>Rückgängig</translation>
  </message>
  <message>
   <source>View</source>
   <translation>Ansicht</translation>
  </message>
  <message>
   <source>Where finals are written; default: FlowSep beside the clip or session</source>
   <translation>Wohin fertige Stems kommen; üblich: FlowSep neben dem Clip oder der Session</translation>
  </message>
 </context>
 <context>
  <name>Canvas</name>
  <message>
   <source>Timeline</source>
   <translation>Zeitleiste</translation>
  </message>
 </context>
 <context>
  <name>ChoiceBar</name>
  <message>
   <source>Clip</source>
   <translation>Clip</translation>
  </message>
  <message>
   <source>Listen to</source>
   <translation>Anhören</translation>
  </message>
  <message>
   <source>Listen to: %1</source>
   <translation>Anhören: %1</translation>
  </message>
  <message>
   <source>Rest</source>
   <translation>Rest</translation>
  </message>
  <message>
   <source>Sum</source>
   <translation>Summe</translation>
  </message>
 </context>
 <context>
  <name>Command</name>
  <message>
   <source>%1 cannot be started</source>
   <translation>%1 lässt sich nicht starten</translation>
  </message>
  <message>
   <source>Cancelled</source>
   <translation>Abgebrochen</translation>
  </message>
 </context>
 <context>
  <name>Corner</name>
  <message>
   <source>Bars</source>
   <translation>Takte</translation>
  </message>
  <message>
   <source>Ruler</source>
   <translation>Lineal</translation>
  </message>
  <message>
   <source>Spectrogram</source>
   <translation>Spektrogramm</translation>
  </message>
  <message>
   <source>Spectrograms instead of waveforms (G)</source>
   <translation>Spektrogramme statt Wellenformen (G)</translation>
  </message>
  <message>
   <source>Spectrum</source>
   <translation>Spektrum</translation>
  </message>
  <message>
   <source>Time</source>
   <translation>Zeit</translation>
  </message>
  <message>
   <source>Timecode</source>
   <translation>Timecode</translation>
  </message>
  <message>
   <source>What the ruler counts (U)</source>
   <translation>Was das Lineal zählt (U)</translation>
  </message>
 </context>
 <context>
  <name>DocumentView</name>
  <message>
   <source>Close</source>
   <translation>Schließen</translation>
  </message>
  <message>
   <source>Close (Ctrl+W)</source>
   <translation>Schließen (Strg+W)</translation>
  </message>
  <message>
   <source>Mix a stem</source>
   <translation>Stem mischen</translation>
  </message>
  <message>
   <source>Open documents</source>
   <translation>Offene Dokumente</translation>
  </message>
  <message>
   <source>Select</source>
   <translation>Auswählen</translation>
  </message>
  <message>
   <source>Show a document</source>
   <translation>Dokument zeigen</translation>
  </message>
  <message>
   <source>Show a take</source>
   <translation>Take zeigen</translation>
  </message>
 </context>
 <context>
  <name>ExportDialog</name>
  <message>
   <source> s</source>
   <translation> s</translation>
  </message>
  <message>
   <source>&amp;Format</source>
   <translation>&amp;Format</translation>
  </message>
  <message>
   <source>&amp;Handles</source>
   <translation>&amp;Überhang</translation>
  </message>
  <message>
   <source>&amp;Names</source>
   <translation>&amp;Namen</translation>
  </message>
  <message>
   <source>24-bit stems stay exact; float stems are rounded once to 24 bits.</source>
   <translation>24-Bit-Stems bleiben genau; Float-Stems werden einmal auf 24 Bit gerundet.</translation>
  </message>
  <message>
   <source>Add a number</source>
   <translation>Eine Nummer anhängen</translation>
  </message>
  <message>
   <source>Begin every file at the session's start, with silence</source>
   <translation>Jede Datei am Anfang der Session beginnen, mit Stille</translation>
  </message>
  <message>
   <source>Choose the folder</source>
   <translation>Ordner wählen</translation>
  </message>
  <message>
   <source>Choose…</source>
   <translation>Wählen…</translation>
  </message>
  <message>
   <source>Export</source>
   <translation>Exportieren</translation>
  </message>
  <message>
   <source>Export stems</source>
   <translation>Stems exportieren</translation>
  </message>
  <message>
   <source>F&amp;older</source>
   <translation>&amp;Ordner</translation>
  </message>
  <message>
   <source>FLAC, 24-bit</source>
   <translation>FLAC, 24 Bit</translation>
  </message>
  <message>
   <source>File</source>
   <translation>Datei</translation>
  </message>
  <message>
   <source>File names cannot hold %1; they become _.</source>
   <translation>Dateinamen können %1 nicht enthalten; daraus wird _.</translation>
  </message>
  <message>
   <source>Files that will be replaced: %1</source>
   <translation>Dateien, die ersetzt werden: %1</translation>
  </message>
  <message>
   <source>Folder</source>
   <translation>Ordner</translation>
  </message>
  <message>
   <source>Folder for the stems</source>
   <translation>Ordner für die Stems</translation>
  </message>
  <message>
   <source>For programs that cannot spot to a time stamp: drop the file at the very start.</source>
   <translation>Für Programme, die keinen Zeitstempel kennen: die Datei ganz an den Anfang legen.</translation>
  </message>
  <message>
   <source>Format</source>
   <translation>Format</translation>
  </message>
  <message>
   <source>Handles in seconds</source>
   <translation>Überhang in Sekunden</translation>
  </message>
  <message>
   <source>If a name is &amp;taken</source>
   <translation>Bei &amp;vergebenem Namen</translation>
  </message>
  <message>
   <source>If a name is taken</source>
   <translation>Bei vergebenem Namen</translation>
  </message>
  <message>
   <source>Leave it, skip this stem</source>
   <translation>Belassen, diesen Stem auslassen</translation>
  </message>
  <message>
   <source>Name of every file. Fields: {clip}, {sound}, {take}, {track}, {number}, {date}. {take:02} gives 01.</source>
   <translation>Name jeder Datei. Felder: {clip}, {sound}, {take}, {track}, {number}, {date}. {take:02} ergibt 01.</translation>
  </message>
  <message>
   <source>Naming pattern</source>
   <translation>Namensmuster</translation>
  </message>
  <message>
   <source>Replace the file</source>
   <translation>Die Datei ersetzen</translation>
  </message>
  <message>
   <source>Samples are written as they are.</source>
   <translation>Die Abtastwerte werden unverändert geschrieben.</translation>
  </message>
  <message>
   <source>Seconds before and after the clip, as far as the stem was made that wide; 0 writes the clip alone.</source>
   <translation>Sekunden vor und nach dem Clip, soweit der Stem so weit reicht; 0 schreibt nur den Clip.</translation>
  </message>
  <message>
   <source>Sound</source>
   <translation>Klang</translation>
  </message>
  <message>
   <source>WAV, 24-bit (Broadcast Wave)</source>
   <translation>WAV, 24 Bit (Broadcast Wave)</translation>
  </message>
  <message>
   <source>WAV, 32-bit float (Broadcast Wave)</source>
   <translation>WAV, 32 Bit Float (Broadcast Wave)</translation>
  </message>
  <message>
   <source>What will be written</source>
   <translation>Was geschrieben wird</translation>
  </message>
  <message>
   <source>replaced</source>
   <translation>ersetzt</translation>
  </message>
  <message>
   <source>skipped</source>
   <translation>ausgelassen</translation>
  </message>
 </context>
 <context>
  <name>Footer</name>
  <message>
   <source>Selection</source>
   <translation>Auswahl</translation>
  </message>
  <message>
   <source>Under the mouse</source>
   <translation>Unter der Maus</translation>
  </message>
  <message>
   <source>present {0}</source>
   <translation>vorhanden {0}</translation>
  </message>
 </context>
 <context>
  <name>Heads</name>
  <message>
   <source>1 clip</source>
   <translation>1 Clip</translation>
  </message>
  <message>
   <source>Tracks and lanes</source>
   <translation>Spuren und Lanes</translation>
  </message>
  <message>
   <source>{0} clips</source>
   <translation>{0} Clips</translation>
  </message>
 </context>
 <context>
  <name>Invitation</name>
  <message>
   <source>Drop audio or a session here</source>
   <translation>Audio oder eine Session hier ablegen</translation>
  </message>
  <message>
   <source>Open…</source>
   <translation>Öffnen…</translation>
  </message>
  <message>
   <source>Then select a stretch, type the sound you want, and hear it on its own.
WAV, FLAC, AIFF, MP3, OGG · REAPER, DAWproject, AAF, OTIO, EDL</source>
   <translation>Dann ein Stück auswählen, den gewünschten Klang eingeben und ihn für sich hören.
WAV, FLAC, AIFF, MP3, OGG · REAPER, DAWproject, AAF, OTIO, EDL</translation>
  </message>
 </context>
 <context>
  <name>JobsModel</name>
  <message>
   <source>Clip</source>
   <translation>Clip</translation>
  </message>
  <message>
   <source>Progress</source>
   <translation>Fortschritt</translation>
  </message>
  <message>
   <source>Sounds</source>
   <translation>Klänge</translation>
  </message>
  <message>
   <source>State</source>
   <translation>Zustand</translation>
  </message>
  <message>
   <source>To go</source>
   <translation>Noch</translation>
  </message>
  <message>
   <source>cancelled</source>
   <translation>abgebrochen</translation>
  </message>
  <message>
   <source>done</source>
   <translation>fertig</translation>
  </message>
  <message>
   <source>failed</source>
   <translation>gescheitert</translation>
  </message>
  <message>
   <source>into %1</source>
   <translation>nach %1</translation>
  </message>
  <message>
   <source>parked</source>
   <translation>zurückgestellt</translation>
  </message>
  <message>
   <source>paused</source>
   <translation>pausiert</translation>
  </message>
  <message>
   <source>ran on %1</source>
   <translation>lief auf %1</translation>
  </message>
  <message>
   <source>running</source>
   <translation>läuft</translation>
  </message>
  <message>
   <source>waiting</source>
   <translation>wartet</translation>
  </message>
 </context>
 <context>
  <name>JobsPanel</name>
  <message>
   <source>Cancel</source>
   <translation>Abbrechen</translation>
  </message>
  <message>
   <source>Clear ended</source>
   <translation>Beendete weg</translation>
  </message>
  <message>
   <source>Earlier</source>
   <translation>Früher</translation>
  </message>
  <message>
   <source>Jobs</source>
   <translation>Aufträge</translation>
  </message>
  <message>
   <source>Later</source>
   <translation>Später</translation>
  </message>
  <message>
   <source>Nothing is being separated. Jobs from the shell and DAWs show too.</source>
   <translation>Es wird nichts getrennt. Aufträge aus der Shell und aus DAWs erscheinen auch hier.</translation>
  </message>
  <message>
   <source>Open the folder of its stems</source>
   <translation>Den Ordner der Stems öffnen</translation>
  </message>
  <message>
   <source>Pause all</source>
   <translation>Alle anhalten</translation>
  </message>
  <message>
   <source>Put it in again, parked ones too</source>
   <translation>Noch einmal einreihen, auch Zurückgestellte</translation>
  </message>
  <message>
   <source>Retry</source>
   <translation>Wiederholen</translation>
  </message>
  <message>
   <source>Running jobs wait between two steps</source>
   <translation>Laufende Aufträge warten zwischen zwei Schritten</translation>
  </message>
  <message>
   <source>Show files</source>
   <translation>Dateien zeigen</translation>
  </message>
  <message>
   <source>Take what has ended off the list; files stay</source>
   <translation>Beendetes aus der Liste nehmen; Dateien bleiben</translation>
  </message>
  <message>
   <source>Within a flow step; nothing half-made is left</source>
   <translation>Innerhalb eines Schritts; nichts Halbes bleibt</translation>
  </message>
  <message>
   <source>Worker</source>
   <translation>Worker</translation>
  </message>
  <message>
   <source>Worker: away, trying again</source>
   <translation>Worker: weg, neuer Versuch</translation>
  </message>
  <message>
   <source>Worker: ready</source>
   <translation>Worker: bereit</translation>
  </message>
  <message>
   <source>Worker: resting, starts when there is work</source>
   <translation>Worker: ruht, startet bei Arbeit</translation>
  </message>
  <message>
   <source>Worker: starting…</source>
   <translation>Worker: startet…</translation>
  </message>
 </context>
 <context>
  <name>LaneHead</name>
  <message>
   <source>Gain of {0} in decibels</source>
   <translation>Verstärkung von {0} in Dezibel</translation>
  </message>
  <message>
   <source>Lane {0}</source>
   <translation>Lane {0}</translation>
  </message>
  <message>
   <source>Mute</source>
   <translation>Stumm</translation>
  </message>
  <message>
   <source>Mute {0}</source>
   <translation>{0} stumm</translation>
  </message>
  <message>
   <source>Solo</source>
   <translation>Solo</translation>
  </message>
  <message>
   <source>Solo {0}</source>
   <translation>{0} solo</translation>
  </message>
  <message>
   <source>{0}{1}
Drag it out as a file</source>
   <translation>{0}{1}
Als Datei hinausziehen</translation>
  </message>
 </context>
 <context>
  <name>LevelMeter</name>
  <message>
   <source>%1 dBFS</source>
   <translation>%1 dBFS</translation>
  </message>
  <message>
   <source>Level meter</source>
   <translation>Pegelanzeige</translation>
  </message>
  <message>
   <source>Peak level in dBFS, -60 to 0. Click to put out the clip light.</source>
   <translation>Spitzenpegel in dBFS, -60 bis 0. Ein Klick löscht das Übersteuerungslicht.</translation>
  </message>
 </context>
 <context>
  <name>MainWindow</name>
  <message>
   <source>%1 Your work is saved; you can go on.</source>
   <translation>%1 Die Arbeit ist gesichert; es kann weitergehen.</translation>
  </message>
  <message>
   <source>%1 is as it was before.</source>
   <translation>%1 ist wie zuvor.</translation>
  </message>
  <message>
   <source>Backup: %1</source>
   <translation>Sicherung: %1</translation>
  </message>
  <message>
   <source>Copy details</source>
   <translation>Einzelheiten kopieren</translation>
  </message>
  <message>
   <source>Hear all choices equally loud (LUFS, BS.1770) (Shift+M)</source>
   <translation>Alles gleich laut hören (LUFS, BS.1770) (Umschalt+M)</translation>
  </message>
  <message>
   <source>Jobs</source>
   <translation>Aufträge</translation>
  </message>
  <message>
   <source>Placed in %1.</source>
   <translation>In %1 eingesetzt.</translation>
  </message>
  <message>
   <source>Redo</source>
   <translation>Wiederholen</translation>
  </message>
  <message>
   <source>Sounds</source>
   <translation>Klänge</translation>
  </message>
  <message>
   <source>Start empty</source>
   <translation>Leer beginnen</translation>
  </message>
  <message>
   <source>The panel ended unexpectedly; everything is as it was.</source>
   <translation>Das Fenster endete unerwartet; alles ist, wie es war.</translation>
  </message>
  <message>
   <source>Undo</source>
   <translation>Rückgängig</translation>
  </message>
 </context>
 <context>
  <name>MessageBar</name>
  <message>
   <source>Close this message</source>
   <translation>Diese Meldung schließen</translation>
  </message>
  <message>
   <source>Message</source>
   <translation>Meldung</translation>
  </message>
 </context>
 <context>
  <name>MidiListener</name>
  <message>
   <source>%1 has gone away (%2); connect it and choose it again</source>
   <translation>%1 ist nicht mehr da (%2); wieder anschließen und neu wählen</translation>
  </message>
 </context>
 <context>
  <name>MidiPanel</name>
  <message>
   <source>%1 (not connected)</source>
   <translation>%1 (nicht angeschlossen)</translation>
  </message>
  <message>
   <source>%1 is learnt</source>
   <translation>%1 ist gelernt</translation>
  </message>
  <message>
   <source>&amp;Port</source>
   <translation>&amp;Anschluss</translation>
  </message>
  <message>
   <source>A/B</source>
   <translation>A/B</translation>
  </message>
  <message>
   <source>Cancel</source>
   <translation>Abbrechen</translation>
  </message>
  <message>
   <source>Choose a port, then Learn, then touch a key, pad or knob.</source>
   <translation>Einen Anschluss wählen, dann „Lernen“, dann eine Taste, ein Pad oder einen Regler bewegen.</translation>
  </message>
  <message>
   <source>Forget</source>
   <translation>Vergessen</translation>
  </message>
  <message>
   <source>Forget %1</source>
   <translation>%1 vergessen</translation>
  </message>
  <message>
   <source>Learn</source>
   <translation>Lernen</translation>
  </message>
  <message>
   <source>Learn %1</source>
   <translation>%1 lernen</translation>
  </message>
  <message>
   <source>List the ports again</source>
   <translation>Die Anschlüsse neu auflisten</translation>
  </message>
  <message>
   <source>Look &amp;again</source>
   <translation>&amp;Neu suchen</translation>
  </message>
  <message>
   <source>MIDI port</source>
   <translation>MIDI-Anschluss</translation>
  </message>
  <message>
   <source>Next sound</source>
   <translation>Nächster Klang</translation>
  </message>
  <message>
   <source>No MIDI port was found; connect a controller and look again.</source>
   <translation>Kein MIDI-Anschluss gefunden; einen Controller anschließen und neu suchen.</translation>
  </message>
  <message>
   <source>None</source>
   <translation>Keiner</translation>
  </message>
  <message>
   <source>Play or stop</source>
   <translation>Abspielen oder anhalten</translation>
  </message>
  <message>
   <source>Previous sound</source>
   <translation>Voriger Klang</translation>
  </message>
  <message>
   <source>Separate</source>
   <translation>Trennen</translation>
  </message>
  <message>
   <source>The controller's port; other programs may listen to it too</source>
   <translation>Der Anschluss des Controllers; andere Programme dürfen ihn auch hören</translation>
  </message>
  <message>
   <source>Touch the control for %1; click Learn again to leave it.</source>
   <translation>Den Regler für %1 bewegen; „Lernen“ noch einmal klicken, um es zu lassen.</translation>
  </message>
  <message>
   <source>Touched: %1</source>
   <translation>Berührt: %1</translation>
  </message>
  <message>
   <source>controller %1, channel %2</source>
   <translation>Controller %1, Kanal %2</translation>
  </message>
  <message>
   <source>note %1, channel %2</source>
   <translation>Note %1, Kanal %2</translation>
  </message>
  <message>
   <source>nothing</source>
   <translation>nichts</translation>
  </message>
  <message>
   <source>program %1, channel %2</source>
   <translation>Programm %1, Kanal %2</translation>
  </message>
 </context>
 <context>
  <name>ModelBox</name>
  <message>
   <source>%1 (not installed)</source>
   <translation>%1 (nicht installiert)</translation>
  </message>
  <message>
   <source>Default</source>
   <translation>Standard</translation>
  </message>
  <message>
   <source>Model</source>
   <translation>Modell</translation>
  </message>
  <message>
   <source>Model for what is separated next. More: Help, Models…</source>
   <translation>Modell für das, was als Nächstes getrennt wird. Mehr: Hilfe, Modelle…</translation>
  </message>
 </context>
 <context>
  <name>ModelManager</name>
  <message>
   <source>%1 and its files (%2) are deleted from
%3</source>
   <translation>%1 und seine Dateien (%2) werden gelöscht aus
%3</translation>
  </message>
  <message>
   <source>%1 is fetched from
%2

To download: %3
Licence: %4

It is converted on this machine and checked.</source>
   <translation>%1 wird geladen von
%2

Zu laden: %3
Lizenz: %4

Es wird auf diesem Rechner umgewandelt und geprüft.</translation>
  </message>
  <message>
   <source>%1 is installed</source>
   <translation>%1 ist installiert</translation>
  </message>
  <message>
   <source>%1 is there; converting and checking takes minutes</source>
   <translation>%1 ist da; Umwandeln und Prüfen dauert Minuten</translation>
  </message>
  <message>
   <source>%1 is whole: every file has its checksum, every graph opens</source>
   <translation>%1 ist heil: jede Datei hat ihre Prüfsumme, jeder Graph öffnet sich</translation>
  </message>
  <message>
   <source>%1 was added</source>
   <translation>%1 wurde hinzugefügt</translation>
  </message>
  <message>
   <source>%1 was removed</source>
   <translation>%1 wurde entfernt</translation>
  </message>
  <message>
   <source>&amp;Add folder…</source>
   <translation>&amp;Ordner hinzufügen…</translation>
  </message>
  <message>
   <source>&amp;Cancel</source>
   <translation>&amp;Abbrechen</translation>
  </message>
  <message>
   <source>&amp;Install…</source>
   <translation>&amp;Installieren…</translation>
  </message>
  <message>
   <source>&amp;Remove…</source>
   <translation>&amp;Entfernen…</translation>
  </message>
  <message>
   <source>&amp;Show files</source>
   <translation>&amp;Dateien zeigen</translation>
  </message>
  <message>
   <source>&amp;Verify</source>
   <translation>&amp;Prüfen</translation>
  </message>
  <message>
   <source>Adding %1…</source>
   <translation>%1 wird hinzugefügt…</translation>
  </message>
  <message>
   <source>Compare every file with its checksum</source>
   <translation>Jede Datei mit ihrer Prüfsumme vergleichen</translation>
  </message>
  <message>
   <source>Copy a converted model from a folder</source>
   <translation>Ein umgewandeltes Modell aus einem Ordner kopieren</translation>
  </message>
  <message>
   <source>Delete the model from the disk</source>
   <translation>Das Modell von der Platte löschen</translation>
  </message>
  <message>
   <source>Download, convert and check</source>
   <translation>Laden, umwandeln und prüfen</translation>
  </message>
  <message>
   <source>Downloading %1: %2</source>
   <translation>%1 wird geladen: %2</translation>
  </message>
  <message>
   <source>Folder of a converted model (card.json in it)</source>
   <translation>Ordner eines umgewandelten Modells (mit card.json)</translation>
  </message>
  <message>
   <source>Install</source>
   <translation>Installieren</translation>
  </message>
  <message>
   <source>Install %1?</source>
   <translation>%1 installieren?</translation>
  </message>
  <message>
   <source>Installing %1…</source>
   <translation>%1 wird installiert…</translation>
  </message>
  <message>
   <source>It ended without saying why; try it in a terminal</source>
   <translation>Es endete ohne Begründung; im Terminal versuchen</translation>
  </message>
  <message>
   <source>Models</source>
   <translation>Modelle</translation>
  </message>
  <message>
   <source>Not installed. Source: %1
Licence: %2</source>
   <translation>Nicht installiert. Quelle: %1
Lizenz: %2</translation>
  </message>
  <message>
   <source>Open the model's folder</source>
   <translation>Den Ordner des Modells öffnen</translation>
  </message>
  <message>
   <source>Progress</source>
   <translation>Fortschritt</translation>
  </message>
  <message>
   <source>Remove</source>
   <translation>Entfernen</translation>
  </message>
  <message>
   <source>Remove %1?</source>
   <translation>%1 entfernen?</translation>
  </message>
  <message>
   <source>Stop; a download goes on there next time</source>
   <translation>Anhalten; das Laden geht beim nächsten Mal dort weiter</translation>
  </message>
  <message>
   <source>Verifying %1…</source>
   <translation>%1 wird geprüft…</translation>
  </message>
  <message>
   <source>some gigabytes (the publisher names no size)</source>
   <translation>einige Gigabyte (der Herausgeber nennt keine Größe)</translation>
  </message>
 </context>
 <context>
  <name>ModelRows</name>
  <message>
   <source>Licence</source>
   <translation>Lizenz</translation>
  </message>
  <message>
   <source>Model</source>
   <translation>Modell</translation>
  </message>
  <message>
   <source>Size</source>
   <translation>Größe</translation>
  </message>
  <message>
   <source>Source</source>
   <translation>Quelle</translation>
  </message>
  <message>
   <source>State</source>
   <translation>Zustand</translation>
  </message>
  <message>
   <source>built in</source>
   <translation>mitgeliefert</translation>
  </message>
  <message>
   <source>built in, default</source>
   <translation>mitgeliefert, Standard</translation>
  </message>
  <message>
   <source>damaged</source>
   <translation>beschädigt</translation>
  </message>
  <message>
   <source>installed</source>
   <translation>installiert</translation>
  </message>
  <message>
   <source>installed, default</source>
   <translation>installiert, Standard</translation>
  </message>
  <message>
   <source>not installed</source>
   <translation>nicht installiert</translation>
  </message>
  <message>
   <source>not known</source>
   <translation>unbekannt</translation>
  </message>
 </context>
 <context>
  <name>PlaceDialog</name>
  <message>
   <source>A backup is laid beside the session first. Undo puts it back.</source>
   <translation>Zuerst wird eine Sicherung neben die Session gelegt. Rückgängig stellt sie wieder her.</translation>
  </message>
  <message>
   <source>A new session is made; nothing else is changed.</source>
   <translation>Eine neue Session entsteht; sonst ändert sich nichts.</translation>
  </message>
  <message>
   <source>Looking what would change…</source>
   <translation>Es wird geprüft, was sich ändern würde…</translation>
  </message>
  <message>
   <source>Mark where each sound is</source>
   <translation>Markieren, wo jeder Klang ist</translation>
  </message>
  <message>
   <source>Mute the clips they came from</source>
   <translation>Die Clips stumm schalten, aus denen sie kommen</translation>
  </message>
  <message>
   <source>Nothing changes.</source>
   <translation>Es ändert sich nichts.</translation>
  </message>
  <message>
   <source>Place</source>
   <translation>Einsetzen</translation>
  </message>
  <message>
   <source>Place in session</source>
   <translation>In die Session einsetzen</translation>
  </message>
  <message>
   <source>Reading the session…</source>
   <translation>Die Session wird gelesen…</translation>
  </message>
  <message>
   <source>Rest too</source>
   <translation>Auch den Rest</translation>
  </message>
  <message>
   <source>Save as another session; the one you have open stays as it is</source>
   <translation>Als andere Session sichern; die geöffnete bleibt, wie sie ist</translation>
  </message>
  <message>
   <source>Save session as</source>
   <translation>Session sichern als</translation>
  </message>
  <message>
   <source>Session</source>
   <translation>Session</translation>
  </message>
  <message>
   <source>Sessions (%1)</source>
   <translation>Sessions (%1)</translation>
  </message>
  <message>
   <source>Stems and rest together sound exactly as the clip did</source>
   <translation>Stems und Rest zusammen klingen genau wie der Clip</translation>
  </message>
  <message>
   <source>Takes to place</source>
   <translation>Takes zum Einsetzen</translation>
  </message>
  <message>
   <source>The file, line by line</source>
   <translation>Die Datei, Zeile für Zeile</translation>
  </message>
  <message>
   <source>This format is no text; see above for what changes.</source>
   <translation>Dieses Format ist kein Text; oben steht, was sich ändert.</translation>
  </message>
  <message>
   <source>What will change</source>
   <translation>Was sich ändert</translation>
  </message>
  <message>
   <source>Writing the stems with the newest settings…</source>
   <translation>Die Stems werden mit den neuesten Einstellungen geschrieben…</translation>
  </message>
 </context>
 <context>
  <name>PlacementController</name>
  <message>
   <source>Place in session</source>
   <translation>In die Session einsetzen</translation>
  </message>
 </context>
 <context>
  <name>PresetMenu</name>
  <message>
   <source>Add a sound</source>
   <translation>Klang hinzufügen</translation>
  </message>
  <message>
   <source>Favourites</source>
   <translation>Favoriten</translation>
  </message>
  <message>
   <source>Forget a preset</source>
   <translation>Vorlage vergessen</translation>
  </message>
  <message>
   <source>Forget preset</source>
   <translation>Vorlage vergessen</translation>
  </message>
  <message>
   <source>History</source>
   <translation>Verlauf</translation>
  </message>
  <message>
   <source>History, favourites and presets</source>
   <translation>Verlauf, Favoriten und Vorlagen</translation>
  </message>
  <message>
   <source>Name</source>
   <translation>Name</translation>
  </message>
  <message>
   <source>Save a preset</source>
   <translation>Vorlage sichern</translation>
  </message>
  <message>
   <source>Save as preset</source>
   <translation>Als Vorlage sichern</translation>
  </message>
  <message>
   <source>Save as preset…</source>
   <translation>Als Vorlage sichern…</translation>
  </message>
  <message>
   <source>Use a preset</source>
   <translation>Vorlage anwenden</translation>
  </message>
 </context>
 <context>
  <name>QueryRowWidget</name>
  <message>
   <source>Ask for %1</source>
   <translation>Nach %1 fragen</translation>
  </message>
  <message>
   <source>Ask for this sound</source>
   <translation>Nach diesem Klang fragen</translation>
  </message>
  <message>
   <source>Favourite</source>
   <translation>Favorit</translation>
  </message>
  <message>
   <source>In how many places it was found, and how loud it is against the clip</source>
   <translation>An wie vielen Stellen er gefunden wurde und wie laut er gegen den Clip ist</translation>
  </message>
  <message>
   <source>Keep out: this sound competes, but stays in the rest</source>
   <translation>Fernhalten: dieser Klang tritt mit an, bleibt aber im Rest</translation>
  </message>
  <message>
   <source>Next colour</source>
   <translation>Nächste Farbe</translation>
  </message>
  <message>
   <source>Remove %1</source>
   <translation>%1 entfernen</translation>
  </message>
 </context>
 <context>
  <name>RenderPanel</name>
  <message>
   <source>0 to 100 %: how far a stem is closed where its sound is absent. Double-click for 100 %.</source>
   <translation>0 bis 100 %: wie weit ein Stem schließt, wo sein Klang fehlt. Doppelklick für 100 %.</translation>
  </message>
  <message>
   <source>A soft mask on the clip itself: nulls, keeps the stereo image</source>
   <translation>Eine weiche Maske auf dem Clip selbst: löscht sich aus, hält das Stereobild</translation>
  </message>
  <message>
   <source>Gate</source>
   <translation>Gate</translation>
  </message>
  <message>
   <source>Generated</source>
   <translation>Erzeugt</translation>
  </message>
  <message>
   <source>Hybrid</source>
   <translation>Hybrid</translation>
  </message>
  <message>
   <source>Leave the sound in, 1 to 60 dB quieter, instead of taking it out.</source>
   <translation>Den Klang 1 bis 60 dB leiser lassen, statt ihn herauszunehmen.</translation>
  </message>
  <message>
   <source>Mask</source>
   <translation>Maske</translation>
  </message>
  <message>
   <source>Mask, and the model's sound where the mask starves; needs a vocoder</source>
   <translation>Maske, und der Klang des Modells, wo die Maske nichts hat; braucht einen Vocoder</translation>
  </message>
  <message>
   <source>Mask: the clip itself, filtered; stems and rest null.
The others need a model with a vocoder.</source>
   <translation>Maske: der Clip selbst, gefiltert; Stems und Rest löschen sich aus.
Die anderen brauchen ein Modell mit Vocoder.</translation>
  </message>
  <message>
   <source>Mode</source>
   <translation>Art</translation>
  </message>
  <message>
   <source>Reset</source>
   <translation>Zurücksetzen</translation>
  </message>
  <message>
   <source>Set all render settings to their defaults</source>
   <translation>Alle Einstellungen der Ausgabe auf ihre Vorgaben setzen</translation>
  </message>
  <message>
   <source>Strength</source>
   <translation>Stärke</translation>
  </message>
  <message>
   <source>Strength, 0.25 to 4 times. Above 1: less bleed, more artefacts. Double-click for 1.</source>
   <translation>Stärke, 0,25- bis 4-fach. Über 1: weniger Übersprechen, mehr Artefakte. Doppelklick für 1.</translation>
  </message>
  <message>
   <source>The model's own sound; needs a vocoder</source>
   <translation>Der Klang des Modells selbst; braucht einen Vocoder</translation>
  </message>
  <message>
   <source>Turn down</source>
   <translation>Leiser</translation>
  </message>
  <message>
   <source>out</source>
   <translation>heraus</translation>
  </message>
 </context>
 <context>
  <name>Ruler</name>
  <message>
   <source>Click to move the playhead, drag to select on all tracks</source>
   <translation>Klick versetzt den Abspielkopf, Ziehen wählt auf allen Spuren</translation>
  </message>
  <message>
   <source>Ruler</source>
   <translation>Lineal</translation>
  </message>
 </context>
 <context>
  <name>ScrollBars</name>
  <message>
   <source>Scroll in time</source>
   <translation>In der Zeit rollen</translation>
  </message>
  <message>
   <source>Scroll the tracks</source>
   <translation>Die Spuren rollen</translation>
  </message>
 </context>
 <context>
  <name>SeparationController</name>
  <message>
   <source>Another take</source>
   <translation>Noch ein Take</translation>
  </message>
  <message>
   <source>Render settings</source>
   <translation>Render-Einstellungen</translation>
  </message>
  <message>
   <source>Separate</source>
   <translation>Trennen</translation>
  </message>
 </context>
 <context>
  <name>SeparationPage</name>
  <message>
   <source>&amp;Try it</source>
   <translation>&amp;Ausprobieren</translation>
  </message>
  <message>
   <source>Automatic</source>
   <translation>Automatisch</translation>
  </message>
  <message>
   <source>Automatic takes the fastest that works</source>
   <translation>Automatisch nimmt das schnellste, das läuft</translation>
  </message>
  <message>
   <source>Device for separations</source>
   <translation>Gerät für Trennungen</translation>
  </message>
  <message>
   <source>It is not known what separations would run on.</source>
   <translation>Es ist nicht bekannt, worauf Trennungen laufen würden.</translation>
  </message>
  <message>
   <source>Looking…</source>
   <translation>Wird geprüft…</translation>
  </message>
  <message>
   <source>Open the model there, and say what it really runs on</source>
   <translation>Das Modell dort öffnen und sagen, worauf es wirklich läuft</translation>
  </message>
  <message>
   <source>Runs on</source>
   <translation>Läuft auf</translation>
  </message>
 </context>
 <context>
  <name>SettingsDialog</name>
  <message>
   <source>%1 (not connected)</source>
   <translation>%1 (nicht angeschlossen)</translation>
  </message>
  <message>
   <source>&amp;Choose…</source>
   <translation>&amp;Wählen…</translation>
  </message>
  <message>
   <source>&amp;Device</source>
   <translation>&amp;Gerät</translation>
  </message>
  <message>
   <source>&amp;Language</source>
   <translation>&amp;Sprache</translation>
  </message>
  <message>
   <source>&amp;Open the file</source>
   <translation>Datei ö&amp;ffnen</translation>
  </message>
  <message>
   <source>&amp;Theme</source>
   <translation>&amp;Farben</translation>
  </message>
  <message>
   <source>, default</source>
   <translation>, Standard</translation>
  </message>
  <message>
   <source>As the system</source>
   <translation>Wie das System</translation>
  </message>
  <message>
   <source>Choose the output folder</source>
   <translation>Den Ausgabeordner wählen</translation>
  </message>
  <message>
   <source>Colours of the panel; seen at once after Apply</source>
   <translation>Farben des Fensters; nach „Anwenden“ sofort zu sehen</translation>
  </message>
  <message>
   <source>Dark</source>
   <translation>Dunkel</translation>
  </message>
  <message>
   <source>General</source>
   <translation>Allgemein</translation>
  </message>
  <message>
   <source>Language</source>
   <translation>Sprache</translation>
  </message>
  <message>
   <source>Language of the panel, from its next start on</source>
   <translation>Sprache des Fensters, ab dem nächsten Start</translation>
  </message>
  <message>
   <source>Light</source>
   <translation>Hell</translation>
  </message>
  <message>
   <source>MIDI</source>
   <translation>MIDI</translation>
  </message>
  <message>
   <source>Models</source>
   <translation>Modelle</translation>
  </message>
  <message>
   <source>Open settings.toml to correct it</source>
   <translation>settings.toml öffnen, um sie zu berichtigen</translation>
  </message>
  <message>
   <source>Output folder</source>
   <translation>Ausgabeordner</translation>
  </message>
  <message>
   <source>Pages</source>
   <translation>Seiten</translation>
  </message>
  <message>
   <source>Playing silently: %1</source>
   <translation>Wiedergabe ohne Ton: %1</translation>
  </message>
  <message>
   <source>Saved. Language and worker change when they start next.</source>
   <translation>Gespeichert. Sprache und Worker ändern sich beim nächsten Start.</translation>
  </message>
  <message>
   <source>Separation</source>
   <translation>Trennung</translation>
  </message>
  <message>
   <source>Settings</source>
   <translation>Einstellungen</translation>
  </message>
  <message>
   <source>Settings file</source>
   <translation>Einstellungsdatei</translation>
  </message>
  <message>
   <source>Shortcuts</source>
   <translation>Tastenkürzel</translation>
  </message>
  <message>
   <source>Sound</source>
   <translation>Klang</translation>
  </message>
  <message>
   <source>Sound device</source>
   <translation>Tongerät</translation>
  </message>
  <message>
   <source>Sound plays at the clip's rate where the device can, else it is resampled.</source>
   <translation>Der Ton läuft mit der Rate des Clips, wo das Gerät das kann, sonst wird umgerechnet.</translation>
  </message>
  <message>
   <source>The system's default device</source>
   <translation>Das Standardgerät des Systems</translation>
  </message>
  <message>
   <source>Theme</source>
   <translation>Farben</translation>
  </message>
  <message>
   <source>Two actions have the same keys; see Shortcuts.</source>
   <translation>Zwei Aktionen haben dieselben Tasten; siehe Tastenkürzel.</translation>
  </message>
  <message>
   <source>What you listen on</source>
   <translation>Worüber abgehört wird</translation>
  </message>
  <message>
   <source>Where stems go that are dragged out, to stay there</source>
   <translation>Wohin hinausgezogene Stems kommen, um zu bleiben</translation>
  </message>
  <message>
   <source>Worker</source>
   <translation>Worker</translation>
  </message>
 </context>
 <context>
  <name>ShortcutEditor</name>
  <message>
   <source>%1 and %2 have the same keys; give one of them others.</source>
   <translation>%1 und %2 haben dieselben Tasten; einem davon andere geben.</translation>
  </message>
  <message>
   <source>Defaults for &amp;all</source>
   <translation>&amp;Alle zurücksetzen</translation>
  </message>
  <message>
   <source>Double-click keys to change them; Backspace in the field takes them away.</source>
   <translation>Doppelklick auf Tasten ändert sie; die Rücktaste im Feld entfernt sie.</translation>
  </message>
  <message>
   <source>Give every action the keys that it came with</source>
   <translation>Jeder Aktion ihre ursprünglichen Tasten geben</translation>
  </message>
  <message>
   <source>Search actions and keys</source>
   <translation>Aktionen und Tasten suchen</translation>
  </message>
  <message>
   <source>Shortcuts</source>
   <translation>Tastenkürzel</translation>
  </message>
 </context>
 <context>
  <name>ShortcutRows</name>
  <message>
   <source>Action</source>
   <translation>Aktion</translation>
  </message>
  <message>
   <source>Also: %1</source>
   <translation>Auch: %1</translation>
  </message>
  <message>
   <source>Default</source>
   <translation>Standard</translation>
  </message>
  <message>
   <source>Double-click, or press F2, and type the keys</source>
   <translation>Doppelklick oder F2, dann die Tasten drücken</translation>
  </message>
  <message>
   <source>Keys</source>
   <translation>Tasten</translation>
  </message>
 </context>
 <context>
  <name>SoundsPanel</name>
  <message>
   <source>%1: not found in this clip. The stem is silent rather than invented. Try other words, a longer part, or what is heard instead.</source>
   <translation>%1: in diesem Clip nicht gefunden. Der Stem ist still statt erfunden. Andere Worte versuchen, ein längeres Stück oder was stattdessen zu hören ist.</translation>
  </message>
  <message>
   <source>Add a sound</source>
   <translation>Klang hinzufügen</translation>
  </message>
  <message>
   <source>Add this sound (Enter)</source>
   <translation>Diesen Klang hinzufügen (Eingabe)</translation>
  </message>
  <message>
   <source>Ask for a sound</source>
   <translation>Nach Klang fragen</translation>
  </message>
  <message>
   <source>Colour</source>
   <translation>Farbe</translation>
  </message>
  <message>
   <source>Drafts</source>
   <translation>Entwürfe</translation>
  </message>
  <message>
   <source>Enter adds it, Ctrl+Enter separates. A draft is made while you type.</source>
   <translation>Eingabe fügt hinzu, Strg+Eingabe trennt. Beim Tippen entsteht ein Entwurf.</translation>
  </message>
  <message>
   <source>Favourite</source>
   <translation>Favorit</translation>
  </message>
  <message>
   <source>Keep a sound out</source>
   <translation>Klang heraushalten</translation>
  </message>
  <message>
   <source>Keep out: what is typed competes, but stays in the rest</source>
   <translation>Fernhalten: das Getippte tritt mit an, bleibt aber im Rest</translation>
  </message>
  <message>
   <source>Make the stems, in full quality, of what is selected (Ctrl+Enter)</source>
   <translation>Die Stems der Auswahl in voller Güte machen (Strg+Eingabe)</translation>
  </message>
  <message>
   <source>Model</source>
   <translation>Modell</translation>
  </message>
  <message>
   <source>Remove a sound</source>
   <translation>Klang entfernen</translation>
  </message>
  <message>
   <source>Remove a take</source>
   <translation>Take entfernen</translation>
  </message>
  <message>
   <source>Render</source>
   <translation>Ausgabe</translation>
  </message>
  <message>
   <source>Separate</source>
   <translation>Trennen</translation>
  </message>
  <message>
   <source>Show a take</source>
   <translation>Take zeigen</translation>
  </message>
  <message>
   <source>Sound to take out</source>
   <translation>Klang, der herausgenommen wird</translation>
  </message>
  <message>
   <source>Takes</source>
   <translation>Takes</translation>
  </message>
  <message>
   <source>This take failed: %1</source>
   <translation>Dieser Take ist gescheitert: %1</translation>
  </message>
  <message>
   <source>Type a sound…</source>
   <translation>Einen Klang eingeben…</translation>
  </message>
  <message>
   <source>While you type: few steps on the selection, 20 s at most. Nothing is written.</source>
   <translation>Beim Tippen: wenige Schritte auf der Auswahl, höchstens 20 s. Es wird nichts geschrieben.</translation>
  </message>
  <message>
   <source>kept out</source>
   <translation>ferngehalten</translation>
  </message>
 </context>
 <context>
  <name>StatusLabels</name>
  <message>
   <source>%1 s selected</source>
   <translation>%1 s ausgewählt</translation>
  </message>
  <message>
   <source>Model</source>
   <translation>Modell</translation>
  </message>
  <message>
   <source>Selection</source>
   <translation>Auswahl</translation>
  </message>
  <message>
   <source>Sound device</source>
   <translation>Tongerät</translation>
  </message>
  <message>
   <source>Worker</source>
   <translation>Worker</translation>
  </message>
  <message>
   <source>loading the model…</source>
   <translation>Modell wird geladen…</translation>
  </message>
  <message>
   <source>model let go</source>
   <translation>Modell freigegeben</translation>
  </message>
  <message>
   <source>no sound device: plays silently</source>
   <translation>kein Tongerät: spielt stumm</translation>
  </message>
  <message>
   <source>nothing selected: the whole clip</source>
   <translation>nichts ausgewählt: der ganze Clip</translation>
  </message>
  <message>
   <source>runs on %1</source>
   <translation>läuft auf %1</translation>
  </message>
  <message>
   <source>worker: away</source>
   <translation>Worker: weg</translation>
  </message>
  <message>
   <source>worker: ready</source>
   <translation>Worker: bereit</translation>
  </message>
  <message>
   <source>worker: resting</source>
   <translation>Worker: ruht</translation>
  </message>
  <message>
   <source>worker: starting</source>
   <translation>Worker: startet</translation>
  </message>
 </context>
 <context>
  <name>StemExport</name>
  <message>
   <source>%1 files in %2</source>
   <translation>%1 Dateien in %2</translation>
  </message>
  <message>
   <source>%1 samples did not fit and were clipped</source>
   <translation>%1 Samples passten nicht und wurden beschnitten</translation>
  </message>
  <message>
   <source>%1 were there already</source>
   <translation>%1 gab es schon</translation>
  </message>
  <message>
   <source>Exported: %1.</source>
   <translation>Exportiert: %1.</translation>
  </message>
  <message>
   <source>Nothing was written</source>
   <translation>Nichts wurde geschrieben</translation>
  </message>
  <message>
   <source>The stems are being written with the newest settings; drag again in a moment.</source>
   <translation>Die Stems werden gerade mit den neuesten Einstellungen geschrieben; gleich noch einmal ziehen.</translation>
  </message>
  <message>
   <source>There are no stems to drag yet: separate first.</source>
   <translation>Noch gibt es keine Stems zum Ziehen: erst trennen.</translation>
  </message>
 </context>
 <context>
  <name>StudioModel</name>
  <message>
   <source>%1 is not there (any more); open another file</source>
   <translation>%1 ist nicht (mehr) da; eine andere Datei öffnen</translation>
  </message>
  <message>
   <source>Open %1</source>
   <translation>%1 öffnen</translation>
  </message>
 </context>
 <context>
  <name>TakesModel</name>
  <message>
   <source>Kept out: %1</source>
   <translation>Ferngehalten: %1</translation>
  </message>
  <message>
   <source>Ran on: %1</source>
   <translation>Lief auf: %1</translation>
  </message>
  <message>
   <source>Take %1, seed %2</source>
   <translation>Take %1, Seed %2</translation>
  </message>
  <message>
   <source>asked for</source>
   <translation>angefragt</translation>
  </message>
  <message>
   <source>failed</source>
   <translation>gescheitert</translation>
  </message>
  <message>
   <source>waiting</source>
   <translation>wartet</translation>
  </message>
 </context>
 <context>
  <name>TakesPanel</name>
  <message>
   <source>Another take</source>
   <translation>Noch ein Take</translation>
  </message>
  <message>
   <source>Ask once more for a take that failed</source>
   <translation>Einen gescheiterten Take noch einmal anfragen</translation>
  </message>
  <message>
   <source>Every try at a clip becomes a take here, to compare.</source>
   <translation>Jeder Versuch an einem Clip wird hier ein Take, zum Vergleichen.</translation>
  </message>
  <message>
   <source>Remove</source>
   <translation>Entfernen</translation>
  </message>
  <message>
   <source>Take it off the list; its files stay where they are</source>
   <translation>Aus der Liste nehmen; die Dateien bleiben, wo sie sind</translation>
  </message>
  <message>
   <source>Takes of this clip</source>
   <translation>Takes dieses Clips</translation>
  </message>
  <message>
   <source>The same sounds with the next seed</source>
   <translation>Dieselben Klänge mit dem nächsten Seed</translation>
  </message>
  <message>
   <source>Try again</source>
   <translation>Noch einmal</translation>
  </message>
  <message>
   <source>↑ ↓ or a click shows a take under its clip; drag it out for all its files</source>
   <translation>↑ ↓ oder ein Klick zeigt einen Take unter seinem Clip; hinausziehen gibt alle seine Dateien</translation>
  </message>
 </context>
 <context>
  <name>TimelineView</name>
  <message>
   <source>Draw waveforms lower</source>
   <translation>Wellenformen niedriger zeichnen</translation>
  </message>
  <message>
   <source>Draw waveforms taller</source>
   <translation>Wellenformen höher zeichnen</translation>
  </message>
  <message>
   <source>Drop at {0}</source>
   <translation>Ablegen bei {0}</translation>
  </message>
  <message>
   <source>Fit rows to the height</source>
   <translation>Zeilen in die Höhe einpassen</translation>
  </message>
  <message>
   <source>Lane louder by half a decibel</source>
   <translation>Lane ein halbes Dezibel lauter</translation>
  </message>
  <message>
   <source>Lane softer by half a decibel</source>
   <translation>Lane ein halbes Dezibel leiser</translation>
  </message>
  <message>
   <source>Lower rows</source>
   <translation>Niedrigere Zeilen</translation>
  </message>
  <message>
   <source>Mute the lane</source>
   <translation>Die Lane stumm schalten</translation>
  </message>
  <message>
   <source>Open the selected clip</source>
   <translation>Den gewählten Clip öffnen</translation>
  </message>
  <message>
   <source>Playhead a step left</source>
   <translation>Abspielkopf einen Schritt nach links</translation>
  </message>
  <message>
   <source>Playhead a step right</source>
   <translation>Abspielkopf einen Schritt nach rechts</translation>
  </message>
  <message>
   <source>Playhead to the edge before</source>
   <translation>Abspielkopf zur vorigen Kante</translation>
  </message>
  <message>
   <source>Playhead to the end</source>
   <translation>Abspielkopf ans Ende</translation>
  </message>
  <message>
   <source>Playhead to the next edge</source>
   <translation>Abspielkopf zur nächsten Kante</translation>
  </message>
  <message>
   <source>Playhead to the start</source>
   <translation>Abspielkopf an den Anfang</translation>
  </message>
  <message>
   <source>Row above</source>
   <translation>Zeile darüber</translation>
  </message>
  <message>
   <source>Row below</source>
   <translation>Zeile darunter</translation>
  </message>
  <message>
   <source>Ruler in time, timecode or bars</source>
   <translation>Lineal in Zeit, Timecode oder Takten</translation>
  </message>
  <message>
   <source>Scroll a page earlier</source>
   <translation>Eine Seite zurück</translation>
  </message>
  <message>
   <source>Scroll a page later</source>
   <translation>Eine Seite weiter</translation>
  </message>
  <message>
   <source>Select a step to the left</source>
   <translation>Einen Schritt nach links auswählen</translation>
  </message>
  <message>
   <source>Select a step to the right</source>
   <translation>Einen Schritt nach rechts auswählen</translation>
  </message>
  <message>
   <source>Select everything</source>
   <translation>Alles auswählen</translation>
  </message>
  <message>
   <source>Select nothing</source>
   <translation>Nichts auswählen</translation>
  </message>
  <message>
   <source>Select the clip before</source>
   <translation>Den vorigen Clip auswählen</translation>
  </message>
  <message>
   <source>Select the next clip</source>
   <translation>Den nächsten Clip auswählen</translation>
  </message>
  <message>
   <source>Select to the edge before</source>
   <translation>Bis zur vorigen Kante auswählen</translation>
  </message>
  <message>
   <source>Select to the end</source>
   <translation>Bis ans Ende auswählen</translation>
  </message>
  <message>
   <source>Select to the next edge</source>
   <translation>Bis zur nächsten Kante auswählen</translation>
  </message>
  <message>
   <source>Select to the start</source>
   <translation>Bis an den Anfang auswählen</translation>
  </message>
  <message>
   <source>Select where the sound is next</source>
   <translation>Auswählen, wo der Klang als Nächstes ist</translation>
  </message>
  <message>
   <source>Select where the sound was before</source>
   <translation>Auswählen, wo der Klang zuvor war</translation>
  </message>
  <message>
   <source>Solo the lane</source>
   <translation>Die Lane solo</translation>
  </message>
  <message>
   <source>Taller rows</source>
   <translation>Höhere Zeilen</translation>
  </message>
  <message>
   <source>Timeline view</source>
   <translation>Zeitleiste</translation>
  </message>
  <message>
   <source>Waveform or spectrogram</source>
   <translation>Wellenform oder Spektrogramm</translation>
  </message>
  <message>
   <source>Zoom in</source>
   <translation>Vergrößern</translation>
  </message>
  <message>
   <source>Zoom out</source>
   <translation>Verkleinern</translation>
  </message>
  <message>
   <source>Zoom to everything</source>
   <translation>Alles zeigen</translation>
  </message>
  <message>
   <source>Zoom to selection</source>
   <translation>Die Auswahl zeigen</translation>
  </message>
  <message>
   <source>lane {0}</source>
   <translation>Lane {0}</translation>
  </message>
  <message>
   <source>nothing open</source>
   <translation>nichts offen</translation>
  </message>
  <message>
   <source>playhead {0}</source>
   <translation>Abspielkopf {0}</translation>
  </message>
  <message>
   <source>selected {0}</source>
   <translation>ausgewählt {0}</translation>
  </message>
 </context>
 <context>
  <name>TransportBar</name>
  <message>
   <source>A/B</source>
   <translation>A/B</translation>
  </message>
  <message>
   <source>Hear all choices equally loud (LUFS, BS.1770)</source>
   <translation>Alles gleich laut hören (LUFS, BS.1770)</translation>
  </message>
  <message>
   <source>Listening volume, dB</source>
   <translation>Abhörlautstärke, dB</translation>
  </message>
  <message>
   <source>Listening volume: %1 dB. Files are not changed.</source>
   <translation>Abhörlautstärke: %1 dB. Dateien ändern sich nicht.</translation>
  </message>
  <message>
   <source>Listening volume: 0 dB. Files are not changed.</source>
   <translation>Abhörlautstärke: 0 dB. Dateien ändern sich nicht.</translation>
  </message>
  <message>
   <source>Loop</source>
   <translation>Schleife</translation>
  </message>
  <message>
   <source>Match levels</source>
   <translation>Pegel angleichen</translation>
  </message>
  <message>
   <source>Measuring…</source>
   <translation>Wird gemessen…</translation>
  </message>
  <message>
   <source>No device: silent</source>
   <translation>Kein Gerät: stumm</translation>
  </message>
  <message>
   <source>Pause</source>
   <translation>Pause</translation>
  </message>
  <message>
   <source>Pause here</source>
   <translation>Hier pausieren</translation>
  </message>
  <message>
   <source>Play</source>
   <translation>Abspielen</translation>
  </message>
  <message>
   <source>Play or stop</source>
   <translation>Abspielen oder anhalten</translation>
  </message>
  <message>
   <source>Position and length</source>
   <translation>Position und Länge</translation>
  </message>
  <message>
   <source>Position and length, in minutes and seconds</source>
   <translation>Position und Länge, in Minuten und Sekunden</translation>
  </message>
  <message>
   <source>Repeat the selection, or all of it</source>
   <translation>Die Auswahl wiederholen, oder alles</translation>
  </message>
  <message>
   <source>Stop</source>
   <translation>Anhalten</translation>
  </message>
  <message>
   <source>Stop, and go back to where play began</source>
   <translation>Anhalten und zurück, wo das Abspielen begann</translation>
  </message>
  <message>
   <source>Switch between the last two you listened to</source>
   <translation>Zwischen den beiden zuletzt gehörten wechseln</translation>
  </message>
  <message>
   <source>Transport</source>
   <translation>Transport</translation>
  </message>
 </context>
 <context>
  <name>WaysOut</name>
  <message>
   <source>Render settings: Mode</source>
   <translation>Render-Einstellungen: Art</translation>
  </message>
  <message>
   <source>Settings: Device for separations</source>
   <translation>Einstellungen: Gerät für Trennungen</translation>
  </message>
 </context>
 <context>
  <name>WelcomePage</name>
  <message>
   <source>12 seconds of a courtyard, GPL-3.0: a dog, a speaker, a guitar
%1</source>
   <translation>12 Sekunden aus einem Hof, GPL-3.0: ein Hund, ein Sprecher, eine Gitarre
%1</translation>
  </message>
  <message>
   <source>&lt;b&gt;Drag&lt;/b&gt; stems into your DAW, or place them in the session.</source>
   <translation>Stems in die DAW &lt;b&gt;ziehen&lt;/b&gt; oder in die Session einsetzen.</translation>
  </message>
  <message>
   <source>&lt;b&gt;Open&lt;/b&gt; audio files or a session, or drop them here.</source>
   <translation>Audiodateien oder eine Session &lt;b&gt;öffnen&lt;/b&gt; oder hier ablegen.</translation>
  </message>
  <message>
   <source>&lt;b&gt;Select&lt;/b&gt; a clip, or drag over a part of one.</source>
   <translation>Einen Clip &lt;b&gt;auswählen&lt;/b&gt; oder über einen Teil ziehen.</translation>
  </message>
  <message>
   <source>&lt;b&gt;Separate&lt;/b&gt; with Ctrl+Enter; turn it with the sliders; compare takes.</source>
   <translation>Mit Strg+Eingabe &lt;b&gt;trennen&lt;/b&gt;; mit den Reglern drehen; Takes vergleichen.</translation>
  </message>
  <message>
   <source>&lt;b&gt;Type&lt;/b&gt; what you want out: “a dog barking”. A draft is heard in seconds.</source>
   <translation>&lt;b&gt;Eingeben&lt;/b&gt;, was heraus soll: “a dog barking”. Ein Entwurf ist in Sekunden zu hören.</translation>
  </message>
  <message>
   <source>Continue where you were</source>
   <translation>Dort weitermachen, wo es aufhörte</translation>
  </message>
  <message>
   <source>Nothing leaves this computer. Sessions are added to, never rewritten.</source>
   <translation>Nichts verlässt diesen Rechner. Sessions werden ergänzt, nie umgeschrieben.</translation>
  </message>
  <message>
   <source>Only installing a model downloads, when you ask for it. More in docs/privacy.md</source>
   <translation>Nur das Installieren eines Modells lädt etwas herunter, auf Wunsch. Mehr in docs/privacy.md</translation>
  </message>
  <message>
   <source>Open audio or a session…</source>
   <translation>Audio oder eine Session öffnen…</translation>
  </message>
  <message>
   <source>This installation came without it; it lies in the source archive under examples/clips</source>
   <translation>Diese Installation kam ohne; es liegt im Quellarchiv unter examples/clips</translation>
  </message>
  <message>
   <source>Try the example</source>
   <translation>Das Beispiel ausprobieren</translation>
  </message>
  <message>
   <source>Type a sound. Get it as a stem.</source>
   <translation>Einen Klang eingeben. Ihn als Stem bekommen.</translation>
  </message>
  <message>
   <source>WAV, FLAC, AIFF, OGG, MP3; REAPER, Ardour, DAWproject, AAF, OTIO (Ctrl+O)</source>
   <translation>WAV, FLAC, AIFF, OGG, MP3; REAPER, Ardour, DAWproject, AAF, OTIO (Strg+O)</translation>
  </message>
 </context>
 <context>
  <name>WindowActions</name>
  <message>
   <source>&lt;b&gt;FlowSep %1&lt;/b&gt;&lt;p&gt;Text-queried sound separation for timelines.&lt;br&gt;GPL-3.0-or-later. Models have their own licences: Help, Models…</source>
   <translation>&lt;b&gt;FlowSep %1&lt;/b&gt;&lt;p&gt;Klangtrennung nach Beschreibung, für Zeitleisten.&lt;br&gt;GPL-3.0-or-later. Modelle haben eigene Lizenzen: Hilfe, Modelle…</translation>
  </message>
  <message>
   <source>About FlowSep</source>
   <translation>Über FlowSep</translation>
  </message>
  <message>
   <source>Audio (%1)</source>
   <translation>Audio (%1)</translation>
  </message>
  <message>
   <source>Audio and sessions (%1)</source>
   <translation>Audio und Sessions (%1)</translation>
  </message>
  <message>
   <source>Close</source>
   <translation>Schließen</translation>
  </message>
  <message>
   <source>Open</source>
   <translation>Öffnen</translation>
  </message>
  <message>
   <source>Sessions (%1)</source>
   <translation>Sessions (%1)</translation>
  </message>
  <message>
   <source>Stem folder</source>
   <translation>Ordner für Stems</translation>
  </message>
  <message>
   <source>The stems are still being written.</source>
   <translation>Die Stems werden noch geschrieben.</translation>
  </message>
  <message>
   <source>There are no stems to place yet: type a sound and press Ctrl+Enter.</source>
   <translation>Es gibt noch keine Stems zum Einsetzen: einen Klang eingeben und Strg+Eingabe drücken.</translation>
  </message>
  <message>
   <source>There are no stems yet: type a sound and press Ctrl+Enter.</source>
   <translation>Es gibt noch keine Stems: einen Klang eingeben und Strg+Eingabe drücken.</translation>
  </message>
  <message>
   <source>Where finals are written</source>
   <translation>Wohin fertige Stems geschrieben werden</translation>
  </message>
 </context>
 <context>
  <name>WorkerPage</name>
  <message>
   <source> min</source>
   <translation> min</translation>
  </message>
  <message>
   <source>&amp;Add…</source>
   <translation>&amp;Hinzufügen…</translation>
  </message>
  <message>
   <source>&amp;Keep estimates up to</source>
   <translation>&amp;Schätzungen behalten bis</translation>
  </message>
  <message>
   <source>&amp;Let the model go after</source>
   <translation>&amp;Modell freigeben nach</translation>
  </message>
  <message>
   <source>&amp;Remove</source>
   <translation>&amp;Entfernen</translation>
  </message>
  <message>
   <source>0 takes all cores</source>
   <translation>0 nimmt alle Kerne</translation>
  </message>
  <message>
   <source>All cores</source>
   <translation>Alle Kerne</translation>
  </message>
  <message>
   <source>Beside your home, mounted disks and temporary files</source>
   <translation>Neben dem Benutzerordner, eingehängten Platten und temporären Dateien</translation>
  </message>
  <message>
   <source>Folder for jobs</source>
   <translation>Ordner für Aufträge</translation>
  </message>
  <message>
   <source>Let jobs read and write in one more folder</source>
   <translation>Aufträge in einem weiteren Ordner lesen und schreiben lassen</translation>
  </message>
  <message>
   <source>Let the model go after, minutes</source>
   <translation>Modell freigeben nach, Minuten</translation>
  </message>
  <message>
   <source>Megabytes; what is kept re-renders at once</source>
   <translation>Megabyte; Behaltenes wird sofort neu gerechnet</translation>
  </message>
  <message>
   <source>Minutes without work; 0 lets it go at once</source>
   <translation>Minuten ohne Arbeit; bei 0 sofort</translation>
  </message>
  <message>
   <source>More folders</source>
   <translation>Weitere Ordner</translation>
  </message>
  <message>
   <source>More folders for jobs</source>
   <translation>Weitere Ordner für Aufträge</translation>
  </message>
  <message>
   <source>Room for kept estimates, MB</source>
   <translation>Platz für behaltene Schätzungen, MB</translation>
  </message>
  <message>
   <source>T&amp;hreads</source>
   <translation>&amp;Threads</translation>
  </message>
  <message>
   <source>Take the chosen folder off the list</source>
   <translation>Den gewählten Ordner aus der Liste nehmen</translation>
  </message>
  <message>
   <source>The worker reads these when it starts next.</source>
   <translation>Der Worker liest dies bei seinem nächsten Start.</translation>
  </message>
  <message>
   <source>Threads on the CPU</source>
   <translation>Threads auf der CPU</translation>
  </message>
  <message>
   <source>Worker's folder</source>
   <translation>Ordner des Workers</translation>
  </message>
 </context>
</TS>
