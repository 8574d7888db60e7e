<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="de" sourcelanguage="en">
 <context>
  <name>Actions</name>
  <message>
   <source>A courtyard with a dog and voices</source>
   <translation>Ein Hof mit Hund und Stimmen</translation>
  </message>
  <message>
   <source>About FlowSep</source>
   <translation>Über FlowSep</translation>
  </message>
  <message>
   <source>Add a region wherever a sound was found</source>
   <translation>Eine Region anlegen, wo immer ein Klang gefunden wurde</translation>
  </message>
  <message>
   <source>Another take</source>
   <translation>Noch ein Take</translation>
  </message>
  <message>
   <source>Cancel the job</source>
   <translation>Auftrag abbrechen</translation>
  </message>
  <message>
   <source>Check session…</source>
   <translation>Session prüfen…</translation>
  </message>
  <message>
   <source>Choose a folder that has the missing media of this session</source>
   <translation>Einen Ordner wählen, in dem die fehlenden Medien dieser Session liegen</translation>
  </message>
  <message>
   <source>Choose format, names, handles and folder</source>
   <translation>Format, Namen, Überhang und Ordner wählen</translation>
  </message>
  <message>
   <source>Choose the folder for stems; default: “FlowSep” next to the clip or session</source>
   <translation>Den Ordner für Stems wählen; Standard: „FlowSep“ neben Clip oder Session</translation>
  </message>
  <message>
   <source>Choose which sound of a video with several is separated</source>
   <translation>Wählen, welcher von mehreren Tönen eines Videos getrennt wird</translation>
  </message>
  <message>
   <source>Close</source>
   <translation>Schließen</translation>
  </message>
  <message>
   <source>Close the document in front</source>
   <translation>Das vordere Dokument schließen</translation>
  </message>
  <message>
   <source>Draft now</source>
   <translation>Jetzt Entwurf rechnen</translation>
  </message>
  <message>
   <source>Edit</source>
   <translation>Bearbeiten</translation>
  </message>
  <message>
   <source>Export markers…</source>
   <translation>Marker exportieren…</translation>
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
   <source>Find media…</source>
   <translation>Medien suchen…</translation>
  </message>
  <message>
   <source>First steps</source>
   <translation>Erste Schritte</translation>
  </message>
  <message>
   <source>Frame before</source>
   <translation>Bild davor</translation>
  </message>
  <message>
   <source>Frame rate…</source>
   <translation>Bildrate…</translation>
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
   <source>Install, verify or remove models</source>
   <translation>Modelle installieren, prüfen oder entfernen</translation>
  </message>
  <message>
   <source>List what cannot be separated, what stems will not have, and missing media</source>
   <translation>Auflisten, was nicht getrennt werden kann, was den Stems fehlen wird, und fehlende Medien</translation>
  </message>
  <message>
   <source>MIDI controls…</source>
   <translation>MIDI-Steuerung…</translation>
  </message>
  <message>
   <source>Make stems of the selection in full quality</source>
   <translation>Stems der Auswahl in voller Qualität berechnen</translation>
  </message>
  <message>
   <source>Markers from a sound…</source>
   <translation>Marker aus einem Klang…</translation>
  </message>
  <message>
   <source>Models…</source>
   <translation>Modelle…</translation>
  </message>
  <message>
   <source>Move the playhead a frame of the picture back</source>
   <translation>Den Abspielkopf um ein Bild des Videos zurück</translation>
  </message>
  <message>
   <source>Move the playhead a frame of the picture on</source>
   <translation>Den Abspielkopf um ein Bild des Videos vor</translation>
  </message>
  <message>
   <source>Next frame</source>
   <translation>Nächstes Bild</translation>
  </message>
  <message>
   <source>Next take</source>
   <translation>Nächster Take</translation>
  </message>
  <message>
   <source>Open audio files or a session</source>
   <translation>Audiodateien oder eine Session öffnen</translation>
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
   <source>Picture on the whole screen</source>
   <translation>Bild auf dem ganzen Schirm</translation>
  </message>
  <message>
   <source>Place in session…</source>
   <translation>In die Session einsetzen…</translation>
  </message>
  <message>
   <source>Place the stems on tracks of the session, with a preview; can be undone</source>
   <translation>Die Stems auf Spuren der Session legen, mit Vorschau; lässt sich rückgängig machen</translation>
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
   <source>Put back into the video…</source>
   <translation>Zurück ins Video…</translation>
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
   <source>Remove file</source>
   <translation>Datei entfernen</translation>
  </message>
  <message>
   <source>Remove the selected audio file from this tab; it stays on disk</source>
   <translation>Die ausgewählte Audiodatei aus diesem Reiter entfernen; auf der Platte bleibt sie</translation>
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
   <translation>Als Preset speichern…</translation>
  </message>
  <message>
   <source>Separate</source>
   <translation>Trennen</translation>
  </message>
  <message>
   <source>Separate a failed take once more</source>
   <translation>Einen fehlgeschlagenen Take noch einmal trennen</translation>
  </message>
  <message>
   <source>Set the frame rate of an EDL that does not state it</source>
   <translation>Die Bildrate einer EDL setzen, die sie nicht angibt</translation>
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
   <source>Show lanes whose stems are on tracks of the session, too</source>
   <translation>Auch Spuren zeigen, deren Stems schon auf Spuren der Session liegen</translation>
  </message>
  <message>
   <source>Show placed stems</source>
   <translation>Platzierte Stems zeigen</translation>
  </message>
  <message>
   <source>Show stems in their folder</source>
   <translation>Stems im Ordner zeigen</translation>
  </message>
  <message>
   <source>Show the picture on the whole screen until Esc</source>
   <translation>Das Bild auf dem ganzen Schirm zeigen, bis Esc</translation>
  </message>
  <message>
   <source>Sound stream…</source>
   <translation>Tonspur…</translation>
  </message>
  <message>
   <source>Sounds</source>
   <translation>Klänge</translation>
  </message>
  <message>
   <source>Stem folder…</source>
   <translation>Ordner für Stems…</translation>
  </message>
  <message>
   <source>Stop the running job within one step</source>
   <translation>Hält den laufenden Auftrag nach höchstens einem Schritt an</translation>
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
   <source>Write a copy of the video with stems or the rest as its sound</source>
   <translation>Eine Kopie des Videos mit Stems oder Rest als Ton schreiben</translation>
  </message>
  <message>
   <source>Write the markers as Audacity labels, a table or a MIDI file with the tempo map</source>
   <translation>Die Marker als Audacity-Textmarken, Tabelle oder MIDI-Datei mit dem Tempo schreiben</translation>
  </message>
 </context>
 <context>
  <name>AddEffectButton</name>
  <message>
   <source>Add an effect of Pedalboard or a plug-in after the selected one</source>
   <translation>Einen Effekt von Pedalboard oder ein Plug-in hinter dem gewählten einfügen</translation>
  </message>
  <message>
   <source>Add effect</source>
   <translation>Effekt</translation>
  </message>
  <message>
   <source>Choose a plug-in file…</source>
   <translation>Plug-in-Datei wählen…</translation>
  </message>
  <message>
   <source>Look for plug-ins</source>
   <translation>Plug-ins suchen</translation>
  </message>
  <message>
   <source>Others</source>
   <translation>Andere</translation>
  </message>
  <message>
   <source>Plug-ins</source>
   <translation>Plug-ins</translation>
  </message>
 </context>
 <context>
  <name>Batch</name>
  <message>
   <source>Type the sounds to separate first, or choose a preset.</source>
   <translation>Zuerst die Klänge eingeben oder ein Preset wählen.</translation>
  </message>
  <message>
   <source>cannot be read as audio</source>
   <translation>kann nicht als Audio gelesen werden</translation>
  </message>
  <message>
   <source>found</source>
   <translation>gefunden</translation>
  </message>
  <message>
   <source>may be there</source>
   <translation>vielleicht da</translation>
  </message>
  <message>
   <source>not found</source>
   <translation>nicht gefunden</translation>
  </message>
  <message>
   <source>the worker gave no reason</source>
   <translation>der Worker nannte keinen Grund</translation>
  </message>
  <message>
   <source>{0} failed</source>
   <translation>{0} fehlgeschlagen</translation>
  </message>
  <message>
   <source>{0} holds no audio files; choose another folder.</source>
   <translation>{0} enthält keine Audiodateien; einen anderen Ordner wählen.</translation>
  </message>
  <message>
   <source>{0} left</source>
   <translation>noch {0}</translation>
  </message>
  <message>
   <source>{0} of {1}</source>
   <translation>{0} von {1}</translation>
  </message>
 </context>
 <context>
  <name>BatchController</name>
  <message>
   <source>Nothing to add: the batch has these clips, or none of them is a file.</source>
   <translation>Nichts hinzuzufügen: Der Stapel enthält diese Clips schon, oder keiner von ihnen ist eine Datei.</translation>
  </message>
  <message>
   <source>Open an audio file or a session first.</source>
   <translation>Zuerst eine Audiodatei oder Session öffnen.</translation>
  </message>
  <message>
   <source>Open from the batch</source>
   <translation>Aus dem Stapel öffnen</translation>
  </message>
 </context>
 <context>
  <name>BatchModel</name>
  <message>
   <source>Duration</source>
   <translation>Dauer</translation>
  </message>
  <message>
   <source>File</source>
   <translation>Datei</translation>
  </message>
  <message>
   <source>Length of the separated sound</source>
   <translation>Länge des getrennten Tons</translation>
  </message>
  <message>
   <source>Level</source>
   <translation>Pegel</translation>
  </message>
  <message>
   <source>Level of the stem relative to the clip, dB</source>
   <translation>Pegel des Stems im Vergleich zum Clip, dB</translation>
  </message>
  <message>
   <source>Null</source>
   <translation>Null</translation>
  </message>
  <message>
   <source>Peak of clip minus stems and rest, dBFS; the lower, the more exact</source>
   <translation>Spitze von Clip minus Stems und Rest, dBFS; je tiefer, desto genauer</translation>
  </message>
  <message>
   <source>Presence</source>
   <translation>Vorkommen</translation>
  </message>
  <message>
   <source>Sound</source>
   <translation>Klang</translation>
  </message>
  <message>
   <source>State</source>
   <translation>Zustand</translation>
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
   <translation>fehlgeschlagen</translation>
  </message>
  <message>
   <source>not started</source>
   <translation>nicht begonnen</translation>
  </message>
  <message>
   <source>paused</source>
   <translation>angehalten</translation>
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
  <name>BatchPanel</name>
  <message>
   <source>Add</source>
   <translation>Hinzufügen</translation>
  </message>
  <message>
   <source>Add a folder of audio files, or clips of the document</source>
   <translation>Einen Ordner mit Audiodateien oder Clips des Dokuments hinzufügen</translation>
  </message>
  <message>
   <source>Add a folder or clips, choose the sounds, and start. A double click opens a clip.</source>
   <translation>Einen Ordner oder Clips hinzufügen, die Klänge wählen und starten. Ein Doppelklick öffnet einen Clip.</translation>
  </message>
  <message>
   <source>All clips of the document</source>
   <translation>Alle Clips des Dokuments</translation>
  </message>
  <message>
   <source>Cancel</source>
   <translation>Abbrechen</translation>
  </message>
  <message>
   <source>Export table</source>
   <translation>Tabelle exportieren</translation>
  </message>
  <message>
   <source>Export table…</source>
   <translation>Tabelle exportieren…</translation>
  </message>
  <message>
   <source>Folder with audio files</source>
   <translation>Ordner mit Audiodateien</translation>
  </message>
  <message>
   <source>Folder…</source>
   <translation>Ordner…</translation>
  </message>
  <message>
   <source>Found only</source>
   <translation>Nur Gefundene</translation>
  </message>
  <message>
   <source>Hide sounds that were not found</source>
   <translation>Nicht gefundene Klänge ausblenden</translation>
  </message>
  <message>
   <source>JSON ({0})</source>
   <translation>JSON ({0})</translation>
  </message>
  <message>
   <source>No sounds yet: type them in the Sounds panel</source>
   <translation>Noch keine Klänge: im Feld Klänge eingeben</translation>
  </message>
  <message>
   <source>Pause</source>
   <translation>Anhalten</translation>
  </message>
  <message>
   <source>Pause the batch; other jobs go on</source>
   <translation>Den Stapel anhalten; andere Aufträge laufen weiter</translation>
  </message>
  <message>
   <source>Preset: {0}</source>
   <translation>Preset: {0}</translation>
  </message>
  <message>
   <source>Progress of the batch</source>
   <translation>Fortschritt des Stapels</translation>
  </message>
  <message>
   <source>Remove</source>
   <translation>Entfernen</translation>
  </message>
  <message>
   <source>Remove the selected clips, or all; their files stay</source>
   <translation>Die ausgewählten Clips oder alle entfernen; ihre Dateien bleiben</translation>
  </message>
  <message>
   <source>Results of the batch</source>
   <translation>Ergebnisse des Stapels</translation>
  </message>
  <message>
   <source>Retry failed</source>
   <translation>Fehlgeschlagene wiederholen</translation>
  </message>
  <message>
   <source>Selected clips</source>
   <translation>Ausgewählte Clips</translation>
  </message>
  <message>
   <source>Separate all clips that were not started yet</source>
   <translation>Alle noch nicht begonnenen Clips trennen</translation>
  </message>
  <message>
   <source>Separate failed and cancelled clips once more</source>
   <translation>Fehlgeschlagene und abgebrochene Clips noch einmal trennen</translation>
  </message>
  <message>
   <source>Sounds of the batch</source>
   <translation>Klänge des Stapels</translation>
  </message>
  <message>
   <source>Sounds panel</source>
   <translation>Klänge</translation>
  </message>
  <message>
   <source>Start</source>
   <translation>Starten</translation>
  </message>
  <message>
   <source>Stop within one step; finished clips keep their stems</source>
   <translation>Innerhalb eines Schritts anhalten; fertige Clips behalten ihre Stems</translation>
  </message>
  <message>
   <source>Table ({0})</source>
   <translation>Tabelle ({0})</translation>
  </message>
  <message>
   <source>The sounds to separate, with their settings</source>
   <translation>Die zu trennenden Klänge mit ihren Einstellungen</translation>
  </message>
  <message>
   <source>Write the table as CSV or JSON</source>
   <translation>Die Tabelle als CSV oder JSON schreiben</translation>
  </message>
 </context>
 <context>
  <name>BusyRow</name>
  <message>
   <source>Cancel</source>
   <translation>Abbrechen</translation>
  </message>
  <message>
   <source>Stop this; nothing unfinished is left</source>
   <translation>Anhalten; nichts Halbfertiges bleibt</translation>
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
  <name>ChainPresets</name>
  <message>
   <source>Chains of effects (*.json)</source>
   <translation>Effektketten (*.json)</translation>
  </message>
  <message>
   <source>Delete a preset</source>
   <translation>Preset löschen</translation>
  </message>
  <message>
   <source>Effects: {0}</source>
   <translation>Effekte: {0}</translation>
  </message>
  <message>
   <source>Load a chain of effects</source>
   <translation>Effektkette laden</translation>
  </message>
  <message>
   <source>Name</source>
   <translation>Name</translation>
  </message>
  <message>
   <source>Save a preset</source>
   <translation>Preset speichern</translation>
  </message>
  <message>
   <source>Save effects as preset</source>
   <translation>Effekte als Preset speichern</translation>
  </message>
  <message>
   <source>Save the chain of effects</source>
   <translation>Effektkette speichern</translation>
  </message>
 </context>
 <context>
  <name>Check</name>
  <message>
   <source>Cannot be saved now</source>
   <translation>Kann jetzt nicht gespeichert werden</translation>
  </message>
  <message>
   <source>Cannot be separated</source>
   <translation>Kann nicht getrennt werden</translation>
  </message>
  <message>
   <source>Clips past their file</source>
   <translation>Clips, die über ihre Datei hinausreichen</translation>
  </message>
  <message>
   <source>Gain automation, rendered into the stems where the format cannot hold it</source>
   <translation>Lautstärke-Automation; sie wird in die Stems gerechnet, wo das Format sie nicht halten kann</translation>
  </message>
  <message>
   <source>Ids that several clips have</source>
   <translation>Kennungen, die mehrere Clips haben</translation>
  </message>
  <message>
   <source>Left as it is</source>
   <translation>Bleibt, wie es ist</translation>
  </message>
  <message>
   <source>Media at another rate</source>
   <translation>Medien mit anderer Abtastrate</translation>
  </message>
  <message>
   <source>Media found elsewhere</source>
   <translation>Anderswo gefundene Medien</translation>
  </message>
  <message>
   <source>Missing media</source>
   <translation>Fehlende Medien</translation>
  </message>
  <message>
   <source>Not in the stems</source>
   <translation>Nicht in den Stems</translation>
  </message>
  <message>
   <source>Silent in the session; separated only where you select them</source>
   <translation>In der Session stumm; nur auf Auswahl getrennt</translation>
  </message>
  <message>
   <source>{0} ({1}), not below the session's folder either</source>
   <translation>{0} ({1}), auch nicht unter dem Ordner der Session</translation>
  </message>
  <message>
   <source>{0} ({1}), several files fit equally: {2}</source>
   <translation>{0} ({1}), mehrere Dateien passen gleich gut: {2}</translation>
  </message>
  <message>
   <source>{0} ({1}), there is one in {2}</source>
   <translation>{0} ({1}), eine liegt in {2}</translation>
  </message>
  <message>
   <source>{0} and {1} more</source>
   <translation>{0} und {1} weitere</translation>
  </message>
  <message>
   <source>{0}: {1} Hz, {2} tracks; {3} of {4} clips can be separated.</source>
   <translation>{0}: {1} Hz, {2} Spuren; {3} von {4} Clips können getrennt werden.</translation>
  </message>
 </context>
 <context>
  <name>CheckDialog</name>
  <message>
   <source>Check session</source>
   <translation>Session prüfen</translation>
  </message>
  <message>
   <source>Close</source>
   <translation>Schließen</translation>
  </message>
  <message>
   <source>Copy</source>
   <translation>Kopieren</translation>
  </message>
  <message>
   <source>Find media…</source>
   <translation>Medien suchen…</translation>
  </message>
  <message>
   <source>Nothing to report: every clip can be separated as it plays.</source>
   <translation>Nichts zu melden: Jeder Clip kann so getrennt werden, wie er spielt.</translation>
  </message>
  <message>
   <source>What was noticed</source>
   <translation>Was auffiel</translation>
  </message>
 </context>
 <context>
  <name>ChoiceBar</name>
  <message>
   <source>All lanes</source>
   <translation>Alle Lanes</translation>
  </message>
  <message>
   <source>Listen to</source>
   <translation>Anhören</translation>
  </message>
  <message>
   <source>Listen to: {0}</source>
   <translation>Anhören: {0}</translation>
  </message>
  <message>
   <source>More lanes</source>
   <translation>Weitere Lanes</translation>
  </message>
  <message>
   <source>{0} more lanes to listen to</source>
   <translation>{0} weitere Lanes zum Anhören</translation>
  </message>
  <message>
   <source>{0}: a draft, heard only alone or in solo</source>
   <translation>{0}: ein Entwurf, nur allein oder solo zu hören</translation>
  </message>
  <message>
   <source>{0}: its stems are not ready yet; silent until then</source>
   <translation>{0}: die Stems sind noch nicht fertig; bis dahin still</translation>
  </message>
 </context>
 <context>
  <name>ClockLabel</name>
  <message>
   <source>Position</source>
   <translation>Position</translation>
  </message>
 </context>
 <context>
  <name>Command</name>
  <message>
   <source>Cancelled</source>
   <translation>Abgebrochen</translation>
  </message>
  <message>
   <source>{0} cannot be started</source>
   <translation>{0} lässt sich nicht starten</translation>
  </message>
 </context>
 <context>
  <name>CopyRun</name>
  <message>
   <source>Cancel</source>
   <translation>Abbrechen</translation>
  </message>
  <message>
   <source>Put back into the video</source>
   <translation>Zurück ins Video</translation>
  </message>
  <message>
   <source>Writing {0}…</source>
   <translation>{0} wird geschrieben…</translation>
  </message>
  <message>
   <source>{0} s left</source>
   <translation>noch {0} s</translation>
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
   <source>Units of the ruler (U)</source>
   <translation>Einheiten des Lineals (U)</translation>
  </message>
 </context>
 <context>
  <name>CrashHook</name>
  <message>
   <source>An unexpected error occurred ({0}).</source>
   <translation>Ein unerwarteter Fehler ist aufgetreten ({0}).</translation>
  </message>
 </context>
 <context>
  <name>Differences</name>
  <message>
   <source>automation</source>
   <translation>Automation</translation>
  </message>
  <message>
   <source>clip {0}: {1}</source>
   <translation>Clip {0}: {1}</translation>
  </message>
  <message>
   <source>effect</source>
   <translation>Effekt</translation>
  </message>
  <message>
   <source>fade</source>
   <translation>Fade</translation>
  </message>
  <message>
   <source>overlap</source>
   <translation>Überlappung</translation>
  </message>
  <message>
   <source>pan</source>
   <translation>Panorama</translation>
  </message>
  <message>
   <source>play rate</source>
   <translation>Abspielrate</translation>
  </message>
  <message>
   <source>plug-in</source>
   <translation>Plug-in</translation>
  </message>
  <message>
   <source>polarity</source>
   <translation>Polarität</translation>
  </message>
  <message>
   <source>routing</source>
   <translation>Routing</translation>
  </message>
  <message>
   <source>send</source>
   <translation>Send</translation>
  </message>
  <message>
   <source>track {0}: {1}</source>
   <translation>Spur {0}: {1}</translation>
  </message>
  <message>
   <source>{0}; and {1} more</source>
   <translation>{0}; und {1} weitere</translation>
  </message>
 </context>
 <context>
  <name>DockTitle</name>
  <message>
   <source>Close</source>
   <translation>Schließen</translation>
  </message>
  <message>
   <source>Close; the menu View shows it again</source>
   <translation>Schließen; das Menü Ansicht zeigt es wieder</translation>
  </message>
  <message>
   <source>Detach</source>
   <translation>Ablösen</translation>
  </message>
  <message>
   <source>Detach from the window, or attach again</source>
   <translation>Vom Fenster ablösen oder wieder anfügen</translation>
  </message>
  <message>
   <source>Panels</source>
   <translation>Bereiche</translation>
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
   <source>Keep a sound</source>
   <translation>Klang behalten</translation>
  </message>
  <message>
   <source>Mix a stem</source>
   <translation>Stem mischen</translation>
  </message>
  <message>
   <source>Mix a track</source>
   <translation>Spur mischen</translation>
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
  <name>EffectPresetButton</name>
  <message>
   <source>Delete preset</source>
   <translation>Preset löschen</translation>
  </message>
  <message>
   <source>Load a chain file…</source>
   <translation>Kettendatei laden…</translation>
  </message>
  <message>
   <source>Presets</source>
   <translation>Presets</translation>
  </message>
  <message>
   <source>Replace the effects by a preset; save, load and delete presets</source>
   <translation>Die Effekte durch ein Preset ersetzen; Presets speichern, laden und löschen</translation>
  </message>
  <message>
   <source>Save as chain file…</source>
   <translation>Als Kettendatei speichern…</translation>
  </message>
  <message>
   <source>Save as preset…</source>
   <translation>Als Preset speichern…</translation>
  </message>
 </context>
 <context>
  <name>EffectPresets</name>
  <message>
   <source>De-noise tail gate</source>
   <translation>Rauschfahnen-Gate</translation>
  </message>
  <message>
   <source>Large hall</source>
   <translation>Großer Saal</translation>
  </message>
  <message>
   <source>Next door</source>
   <translation>Nebenan</translation>
  </message>
  <message>
   <source>Rumble cut</source>
   <translation>Rumpelfilter</translation>
  </message>
  <message>
   <source>Slap echo</source>
   <translation>Slap-Echo</translation>
  </message>
  <message>
   <source>Small room</source>
   <translation>Kleiner Raum</translation>
  </message>
  <message>
   <source>Tame peaks</source>
   <translation>Spitzen zähmen</translation>
  </message>
  <message>
   <source>Telephone</source>
   <translation>Telefon</translation>
  </message>
  <message>
   <source>Voice lift</source>
   <translation>Stimme heben</translation>
  </message>
 </context>
 <context>
  <name>EffectRack</name>
  <message>
   <source>it crashed or did not answer ({0})</source>
   <translation>abgestürzt oder ohne Antwort ({0})</translation>
  </message>
  <message>
   <source>{0} was switched off: {1}. The sound goes on without it.</source>
   <translation>{0} wurde ausgeschaltet: {1}. Der Ton läuft ohne ihn weiter.</translation>
  </message>
 </context>
 <context>
  <name>EffectTable</name>
  <message>
   <source>6 dB per octave off the highs.</source>
   <translation>6 dB pro Oktave weniger Höhen.</translation>
  </message>
  <message>
   <source>6 dB per octave off the lows.</source>
   <translation>6 dB pro Oktave weniger Tiefen.</translation>
  </message>
  <message>
   <source>A lower sample rate.</source>
   <translation>Eine niedrigere Samplerate.</translation>
  </message>
  <message>
   <source>A room or loudspeaker, from its impulse response.</source>
   <translation>Ein Raum oder Lautsprecher, aus seiner Impulsantwort.</translation>
  </message>
  <message>
   <source>A room, after Freeverb.</source>
   <translation>Ein Raum, nach Freeverb.</translation>
  </message>
  <message>
   <source>Attack</source>
   <translation>Attack</translation>
  </message>
  <message>
   <source>Bitcrush</source>
   <translation>Bitcrusher</translation>
  </message>
  <message>
   <source>Bits</source>
   <translation>Bits</translation>
  </message>
  <message>
   <source>Brickwall limiter</source>
   <translation>Brickwall-Limiter</translation>
  </message>
  <message>
   <source>Ceiling</source>
   <translation>Obergrenze</translation>
  </message>
  <message>
   <source>Centre</source>
   <translation>Mitte</translation>
  </message>
  <message>
   <source>Chorus</source>
   <translation>Chorus</translation>
  </message>
  <message>
   <source>Clipping</source>
   <translation>Clipping</translation>
  </message>
  <message>
   <source>Colour</source>
   <translation>Färbung</translation>
  </message>
  <message>
   <source>Compression</source>
   <translation>Kompression</translation>
  </message>
  <message>
   <source>Compressor</source>
   <translation>Kompressor</translation>
  </message>
  <message>
   <source>Convolution</source>
   <translation>Faltung</translation>
  </message>
  <message>
   <source>Cutoff</source>
   <translation>Grenzfrequenz</translation>
  </message>
  <message>
   <source>Damping</source>
   <translation>Dämpfung</translation>
  </message>
  <message>
   <source>Delay</source>
   <translation>Verzögerung</translation>
  </message>
  <message>
   <source>Depth</source>
   <translation>Tiefe</translation>
  </message>
  <message>
   <source>Distortion</source>
   <translation>Verzerrer</translation>
  </message>
  <message>
   <source>Drive</source>
   <translation>Drive</translation>
  </message>
  <message>
   <source>Dry</source>
   <translation>Trocken</translation>
  </message>
  <message>
   <source>Dynamics</source>
   <translation>Dynamik</translation>
  </message>
  <message>
   <source>Echoes.</source>
   <translation>Echos.</translation>
  </message>
  <message>
   <source>Feedback</source>
   <translation>Rückkopplung</translation>
  </message>
  <message>
   <source>Fewer bits.</source>
   <translation>Weniger Bits.</translation>
  </message>
  <message>
   <source>Filter</source>
   <translation>Filter</translation>
  </message>
  <message>
   <source>Flips the polarity.</source>
   <translation>Kehrt die Polarität um.</translation>
  </message>
  <message>
   <source>Freeze</source>
   <translation>Einfrieren</translation>
  </message>
  <message>
   <source>Frequency</source>
   <translation>Frequenz</translation>
  </message>
  <message>
   <source>GSM full rate compressor</source>
   <translation>GSM-Telefon</translation>
  </message>
  <message>
   <source>Gain</source>
   <translation>Verstärkung</translation>
  </message>
  <message>
   <source>Hard clipping.</source>
   <translation>Hartes Clipping.</translation>
  </message>
  <message>
   <source>High shelf filter</source>
   <translation>High-Shelf-Filter</translation>
  </message>
  <message>
   <source>Higher or lower at the same length.</source>
   <translation>Höher oder tiefer bei gleicher Länge.</translation>
  </message>
  <message>
   <source>Highpass filter</source>
   <translation>Hochpass</translation>
  </message>
  <message>
   <source>Holds peaks under a ceiling, looking ahead.</source>
   <translation>Hält Spitzen unter einer Obergrenze, mit Vorausschau.</translation>
  </message>
  <message>
   <source>Impulse response</source>
   <translation>Impulsantwort</translation>
  </message>
  <message>
   <source>Invert</source>
   <translation>Umkehren</translation>
  </message>
  <message>
   <source>Ladder filter</source>
   <translation>Ladder-Filter</translation>
  </message>
  <message>
   <source>Level</source>
   <translation>Pegel</translation>
  </message>
  <message>
   <source>Lifts or lowers a band.</source>
   <translation>Hebt oder senkt ein Band.</translation>
  </message>
  <message>
   <source>Lifts or lowers the highs.</source>
   <translation>Hebt oder senkt die Höhen.</translation>
  </message>
  <message>
   <source>Lifts or lowers the lows.</source>
   <translation>Hebt oder senkt die Tiefen.</translation>
  </message>
  <message>
   <source>Limiter</source>
   <translation>Limiter</translation>
  </message>
  <message>
   <source>Look-ahead</source>
   <translation>Vorausschau</translation>
  </message>
  <message>
   <source>Louder or softer.</source>
   <translation>Lauter oder leiser.</translation>
  </message>
  <message>
   <source>Louder, with make-up gain; clips at 0 dBFS.</source>
   <translation>Lauter, mit Aufholverstärkung; übersteuert bei 0 dBFS.</translation>
  </message>
  <message>
   <source>Low shelf filter</source>
   <translation>Low-Shelf-Filter</translation>
  </message>
  <message>
   <source>Lowpass filter</source>
   <translation>Tiefpass</translation>
  </message>
  <message>
   <source>MP3 compressor</source>
   <translation>MP3-Kompression</translation>
  </message>
  <message>
   <source>Mix</source>
   <translation>Mischung</translation>
  </message>
  <message>
   <source>Mode</source>
   <translation>Modus</translation>
  </message>
  <message>
   <source>Modulation</source>
   <translation>Modulation</translation>
  </message>
  <message>
   <source>Noise gate</source>
   <translation>Noise Gate</translation>
  </message>
  <message>
   <source>Notches that sweep through the spectrum.</source>
   <translation>Kerben, die durch das Spektrum wandern.</translation>
  </message>
  <message>
   <source>Peak filter</source>
   <translation>Glockenfilter</translation>
  </message>
  <message>
   <source>Phaser</source>
   <translation>Phaser</translation>
  </message>
  <message>
   <source>Pitch</source>
   <translation>Tonhöhe</translation>
  </message>
  <message>
   <source>Pitch shift</source>
   <translation>Tonhöhe</translation>
  </message>
  <message>
   <source>Q</source>
   <translation>Güte (Q)</translation>
  </message>
  <message>
   <source>Quality</source>
   <translation>Qualität</translation>
  </message>
  <message>
   <source>Rate</source>
   <translation>Rate</translation>
  </message>
  <message>
   <source>Ratio</source>
   <translation>Verhältnis</translation>
  </message>
  <message>
   <source>Release</source>
   <translation>Release</translation>
  </message>
  <message>
   <source>Resample</source>
   <translation>Resampling</translation>
  </message>
  <message>
   <source>Resonance</source>
   <translation>Resonanz</translation>
  </message>
  <message>
   <source>Reverb</source>
   <translation>Hall</translation>
  </message>
  <message>
   <source>Room size</source>
   <translation>Raumgröße</translation>
  </message>
  <message>
   <source>Semitones</source>
   <translation>Halbtöne</translation>
  </message>
  <message>
   <source>Several voices, slightly apart.</source>
   <translation>Mehrere Stimmen, leicht verstimmt.</translation>
  </message>
  <message>
   <source>Soft saturation.</source>
   <translation>Weiche Sättigung.</translation>
  </message>
  <message>
   <source>Space</source>
   <translation>Raum</translation>
  </message>
  <message>
   <source>The filter of analogue synthesizers.</source>
   <translation>Das Filter analoger Synthesizer.</translation>
  </message>
  <message>
   <source>The sound of MP3, at 8 to 48 kHz.</source>
   <translation>Der Klang von MP3, bei 8 bis 48 kHz.</translation>
  </message>
  <message>
   <source>The sound of an old mobile phone.</source>
   <translation>Der Klang eines alten Mobiltelefons.</translation>
  </message>
  <message>
   <source>Threshold</source>
   <translation>Schwelle</translation>
  </message>
  <message>
   <source>Time</source>
   <translation>Zeit</translation>
  </message>
  <message>
   <source>True peak</source>
   <translation>True Peak</translation>
  </message>
  <message>
   <source>Turns loud passages down.</source>
   <translation>Senkt laute Stellen ab.</translation>
  </message>
  <message>
   <source>Turns soft passages down.</source>
   <translation>Senkt leise Stellen ab.</translation>
  </message>
  <message>
   <source>Wet</source>
   <translation>Nass</translation>
  </message>
  <message>
   <source>Width</source>
   <translation>Breite</translation>
  </message>
 </context>
 <context>
  <name>EffectText</name>
  <message>
   <source>Choose…</source>
   <translation>Wählen…</translation>
  </message>
 </context>
 <context>
  <name>EffectsPanel</name>
  <message>
   <source>Add {0}</source>
   <translation>{0} hinzufügen</translation>
  </message>
  <message>
   <source>Bypass all</source>
   <translation>Umgehen</translation>
  </message>
  <message>
   <source>Bypass all effects</source>
   <translation>Alle Effekte umgehen</translation>
  </message>
  <message>
   <source>Bypass {0}</source>
   <translation>{0} umgehen</translation>
  </message>
  <message>
   <source>Choose a plug-in</source>
   <translation>Plug-in wählen</translation>
  </message>
  <message>
   <source>Choose its file first.</source>
   <translation>Erst die Datei wählen.</translation>
  </message>
  <message>
   <source>Earlier</source>
   <translation>Früher</translation>
  </message>
  <message>
   <source>Editor</source>
   <translation>Editor</translation>
  </message>
  <message>
   <source>Hear the lane without its effects; again: as it was before</source>
   <translation>Die Lane ohne ihre Effekte hören; noch einmal: wie zuvor</translation>
  </message>
  <message>
   <source>Later</source>
   <translation>Später</translation>
  </message>
  <message>
   <source>Looking for plug-ins: {0}</source>
   <translation>Suche Plug-ins: {0}</translation>
  </message>
  <message>
   <source>Move the effect down (Alt+↓)</source>
   <translation>Den Effekt nach unten schieben (Alt+↓)</translation>
  </message>
  <message>
   <source>Move the effect up (Alt+↑)</source>
   <translation>Den Effekt nach oben schieben (Alt+↑)</translation>
  </message>
  <message>
   <source>Order of effects</source>
   <translation>Reihenfolge der Effekte</translation>
  </message>
  <message>
   <source>Plug-ins (*.vst3 *.component)</source>
   <translation>Plug-ins (*.vst3 *.component)</translation>
  </message>
  <message>
   <source>Printing effects: {0}</source>
   <translation>Effekte werden gerendert: {0}</translation>
  </message>
  <message>
   <source>Remove</source>
   <translation>Entfernen</translation>
  </message>
  <message>
   <source>Remove the effect (Delete)</source>
   <translation>Den Effekt entfernen (Entf)</translation>
  </message>
  <message>
   <source>Remove {0}</source>
   <translation>{0} entfernen</translation>
  </message>
  <message>
   <source>Separate a sound first; then its lane can have effects.</source>
   <translation>Erst einen Klang trennen; dann kann seine Lane Effekte haben.</translation>
  </message>
  <message>
   <source>Show the plug-in's own window</source>
   <translation>Das eigene Fenster des Plug-ins zeigen</translation>
  </message>
  <message>
   <source>Switch the effect on again</source>
   <translation>Den Effekt wieder einschalten</translation>
  </message>
  <message>
   <source>Switch the effects on</source>
   <translation>Die Effekte einschalten</translation>
  </message>
  <message>
   <source>Switch {0} on</source>
   <translation>{0} einschalten</translation>
  </message>
  <message>
   <source>Switched off: {0}</source>
   <translation>Ausgeschaltet: {0}</translation>
  </message>
  <message>
   <source>Try again</source>
   <translation>Noch einmal</translation>
  </message>
 </context>
 <context>
  <name>EmptyState</name>
  <message>
   <source>1 track</source>
   <translation>1 Spur</translation>
  </message>
  <message>
   <source>Drop audio or a session here</source>
   <translation>Audio oder eine Session hier ablegen</translation>
  </message>
  <message>
   <source>Open…</source>
   <translation>Öffnen…</translation>
  </message>
  <message>
   <source>Then select a range, type the sound you want, and hear it alone.
WAV, FLAC, AIFF, MP3, OGG, MP4, MOV · REAPER, DAWproject, AAF, OTIO, EDL</source>
   <translation>Dann einen Bereich auswählen, den gewünschten Klang eingeben und ihn für sich hören.
WAV, FLAC, AIFF, MP3, OGG, MP4, MOV · REAPER, DAWproject, AAF, OTIO, EDL</translation>
  </message>
  <message>
   <source>There is no audio on it ({0}). Add some in your DAW, save, and open it again,
or drop audio files here.</source>
   <translation>Es gibt kein Audio darin ({0}). In der DAW welches hinzufügen, speichern und erneut öffnen
oder Audiodateien hier ablegen.</translation>
  </message>
  <message>
   <source>{0} has no clips</source>
   <translation>{0} hat keine Clips</translation>
  </message>
  <message>
   <source>{0} tracks</source>
   <translation>{0} Spuren</translation>
  </message>
 </context>
 <context>
  <name>ErrorKinds</name>
  <message>
   <source>A model is missing or damaged</source>
   <translation>Ein Modell fehlt oder ist beschädigt</translation>
  </message>
  <message>
   <source>An audio file cannot be read or written</source>
   <translation>Eine Audiodatei lässt sich nicht lesen oder schreiben</translation>
  </message>
  <message>
   <source>An effect failed</source>
   <translation>Ein Effekt ist fehlgeschlagen</translation>
  </message>
  <message>
   <source>The device is not available</source>
   <translation>Das Gerät steht nicht zur Verfügung</translation>
  </message>
  <message>
   <source>The disk is full</source>
   <translation>Die Platte ist voll</translation>
  </message>
  <message>
   <source>The separation crashed several times</source>
   <translation>Die Trennung ist mehrmals abgestürzt</translation>
  </message>
  <message>
   <source>The separation failed</source>
   <translation>Die Trennung ist fehlgeschlagen</translation>
  </message>
  <message>
   <source>The session cannot be read or written</source>
   <translation>Die Session lässt sich nicht lesen oder schreiben</translation>
  </message>
  <message>
   <source>The worker cannot be started or reached</source>
   <translation>Der Worker lässt sich nicht starten oder erreichen</translation>
  </message>
  <message>
   <source>This is not possible</source>
   <translation>Das geht nicht</translation>
  </message>
  <message>
   <source>This is not possible now</source>
   <translation>Das geht gerade nicht</translation>
  </message>
 </context>
 <context>
  <name>ExportDialog</name>
  <message>
   <source>24-bit stems stay exact; float stems are rounded once, or stay float where they pass full scale.</source>
   <translation>24-Bit-Stems bleiben exakt; Float-Stems werden einmal gerundet oder bleiben Float, wo sie über Vollaussteuerung gehen.</translation>
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
   <source>File</source>
   <translation>Datei</translation>
  </message>
  <message>
   <source>File names cannot contain {0}; replaced by _.</source>
   <translation>Dateinamen können {0} nicht enthalten; stattdessen steht _.</translation>
  </message>
  <message>
   <source>Files that will be replaced: {0}</source>
   <translation>Dateien, die ersetzt werden: {0}</translation>
  </message>
  <message>
   <source>Files to be written</source>
   <translation>Dateien, die geschrieben werden</translation>
  </message>
  <message>
   <source>Mix, as heard</source>
   <translation>Mischung wie gehört</translation>
  </message>
  <message>
   <source>Samples are written unchanged.</source>
   <translation>Die Samples werden unverändert geschrieben.</translation>
  </message>
  <message>
   <source>Sound</source>
   <translation>Klang</translation>
  </message>
  <message>
   <source>Stems at another rate are converted once: they sum to the converted clip, but not exactly.</source>
   <translation>Stems mit anderer Abtastrate werden einmal umgerechnet: Ihre Summe ist der umgerechnete Clip, aber nicht exakt.</translation>
  </message>
  <message>
   <source>Tick the stems to export.</source>
   <translation>Die Stems ankreuzen, die exportiert werden sollen.</translation>
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
  <name>ExportFields</name>
  <message>
   <source>&amp;Effects</source>
   <translation>&amp;Effekte</translation>
  </message>
  <message>
   <source>&amp;Format</source>
   <translation>&amp;Format</translation>
  </message>
  <message>
   <source>&amp;Handles</source>
   <translation>&amp;Handles</translation>
  </message>
  <message>
   <source>&amp;Names</source>
   <translation>&amp;Namen</translation>
  </message>
  <message>
   <source>&amp;Rate</source>
   <translation>&amp;Rate</translation>
  </message>
  <message>
   <source>Add a number</source>
   <translation>Eine Nummer anhängen</translation>
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
   <source>Effects</source>
   <translation>Effekte</translation>
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
   <source>Folder</source>
   <translation>Ordner</translation>
  </message>
  <message>
   <source>Folder for the stems</source>
   <translation>Ordner für die Stems</translation>
  </message>
  <message>
   <source>For programs that cannot spot to a time stamp: drop the file at the session's start.</source>
   <translation>Für Programme, die keine Zeitstempel auswerten: die Datei an den Anfang der Session legen.</translation>
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
   <source>If a file e&amp;xists</source>
   <translation>&amp;Vorhandene Dateien</translation>
  </message>
  <message>
   <source>If a file exists</source>
   <translation>Vorhandene Dateien</translation>
  </message>
  <message>
   <source>Keep the file, skip this stem</source>
   <translation>Behalten und diesen Stem auslassen</translation>
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
   <source>Not printed: the dry stem</source>
   <translation>Nicht gerendert: der trockene Stem</translation>
  </message>
  <message>
   <source>Off: only the effects are printed, and the gain stays in the panel.</source>
   <translation>Aus: nur die Effekte werden gerendert, die Verstärkung bleibt im Panel.</translation>
  </message>
  <message>
   <source>Print the gain of the lanes too</source>
   <translation>Auch die Verstärkung der Lanes rendern</translation>
  </message>
  <message>
   <source>Printed as “… [fx]”</source>
   <translation>Gerendert als „… [fx]“</translation>
  </message>
  <message>
   <source>Printed as “… [fx]”, and the dry stem</source>
   <translation>Gerendert als „… [fx]“, dazu der trockene Stem</translation>
  </message>
  <message>
   <source>Replace the file</source>
   <translation>Die Datei ersetzen</translation>
  </message>
  <message>
   <source>Sample rate</source>
   <translation>Samplerate</translation>
  </message>
  <message>
   <source>Seconds before and after the clip, as far as the stem reaches; 0 writes the clip alone.</source>
   <translation>Sekunden vor und nach dem Clip, soweit der Stem reicht; 0 schreibt nur den Clip.</translation>
  </message>
  <message>
   <source>Start every file at the session's start, padded with silence</source>
   <translation>Jede Datei am Anfang der Session beginnen, mit Stille aufgefüllt</translation>
  </message>
  <message>
   <source>Stems of lanes with effects. The dry stem always stays where it is.</source>
   <translation>Stems von Lanes mit Effekten. Der trockene Stem bleibt immer, wo er ist.</translation>
  </message>
  <message>
   <source>The clip's own</source>
   <translation>die des Clips</translation>
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
   <source>{0} kHz</source>
   <translation>{0} kHz</translation>
  </message>
 </context>
 <context>
  <name>ExportRun</name>
  <message>
   <source>Cancel</source>
   <translation>Abbrechen</translation>
  </message>
  <message>
   <source>Exporting stems…</source>
   <translation>Stems werden exportiert…</translation>
  </message>
  <message>
   <source>Printing effects: {0}</source>
   <translation>Effekte werden gerendert: {0}</translation>
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
  <name>FullScreenPicture</name>
  <message>
   <source>Picture</source>
   <translation>Bild</translation>
  </message>
  <message>
   <source>Picture on the whole screen</source>
   <translation>Bild auf dem ganzen Schirm</translation>
  </message>
 </context>
 <context>
  <name>GainBox</name>
  <message>
   <source>Gain in decibels; 0 leaves the level as it is</source>
   <translation>Verstärkung in Dezibel; 0 lässt den Pegel, wie er ist</translation>
  </message>
 </context>
 <context>
  <name>Heads</name>
  <message>
   <source>1 clip</source>
   <translation>1 Clip</translation>
  </message>
  <message>
   <source>Drag it out as a file</source>
   <translation>Als Datei herausziehen</translation>
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
  <name>Hints</name>
  <message>
   <source>Not a name that is known: name one sound by a word or two, or describe it in English.</source>
   <translation>Kein bekannter Name: einen Klang mit ein, zwei Wörtern nennen oder auf Englisch beschreiben.</translation>
  </message>
  <message>
   <source>This matches almost anything: name who or what makes the sound.</source>
   <translation>Das passt auf fast alles: sagen, wer oder was den Klang macht.</translation>
  </message>
  <message>
   <source>Two sounds in one text share a stem: add them one by one for a stem each.</source>
   <translation>Zwei Klänge in einem Text teilen sich einen Stem: einzeln hinzufügen, dann bekommt jeder seinen eigenen.</translation>
  </message>
  <message>
   <source>{0} words: short captions work best; use three to eight words for one sound.</source>
   <translation>{0} Wörter: kurze Beschreibungen wirken am besten; drei bis acht Wörter für einen Klang.</translation>
  </message>
  <message>
   <source>“{0}” is a role, not a sound: name the sound, e.g. “distorted electric guitar”.</source>
   <translation>„{0}“ ist eine Rolle, kein Klang: den Klang nennen, z. B. “distorted electric guitar”.</translation>
  </message>
  <message>
   <source>“{0}” is not understood within a text: add what should stay as “Keep out” instead.</source>
   <translation>„{0}“ wird innerhalb eines Textes nicht verstanden: was bleiben soll, als „Fernhalten“ hinzufügen.</translation>
  </message>
 </context>
 <context>
  <name>JobLine</name>
  <message>
   <source> (+{0} waiting)</source>
   <translation> (+{0} wartend)</translation>
  </message>
  <message>
   <source>Cancel the job</source>
   <translation>Auftrag abbrechen</translation>
  </message>
  <message>
   <source>Progress</source>
   <translation>Fortschritt</translation>
  </message>
  <message>
   <source>Progress of the running job</source>
   <translation>Fortschritt des laufenden Auftrags</translation>
  </message>
  <message>
   <source>Stop within one step; no partial files remain</source>
   <translation>Hält nach höchstens einem Schritt an; es bleiben keine halben Dateien</translation>
  </message>
  <message>
   <source>Time left</source>
   <translation>Restzeit</translation>
  </message>
  <message>
   <source>paused</source>
   <translation>angehalten</translation>
  </message>
  <message>
   <source>waiting</source>
   <translation>wartet</translation>
  </message>
  <message>
   <source>{0} failed</source>
   <translation>{0} fehlgeschlagen</translation>
  </message>
  <message>
   <source>{0} left</source>
   <translation>noch {0}</translation>
  </message>
 </context>
 <context>
  <name>JobsModel</name>
  <message>
   <source>Clip</source>
   <translation>Clip</translation>
  </message>
  <message>
   <source>Part</source>
   <translation>Teil</translation>
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
   <source>Time left</source>
   <translation>Restzeit</translation>
  </message>
  <message>
   <source>all</source>
   <translation>alles</translation>
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
   <translation>fehlgeschlagen</translation>
  </message>
  <message>
   <source>into {0}</source>
   <translation>nach {0}</translation>
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
   <source>ran on {0}</source>
   <translation>lief auf {0}</translation>
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
   <translation>Beendete entfernen</translation>
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
   <source>No jobs. Jobs from the command line and from DAWs are listed here too.</source>
   <translation>Keine Aufträge. Auch Aufträge aus der Kommandozeile und aus DAWs stehen hier.</translation>
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
   <source>Pause all jobs; running ones stop between two steps</source>
   <translation>Alle Aufträge anhalten; laufende halten zwischen zwei Schritten</translation>
  </message>
  <message>
   <source>Queue again, also parked jobs</source>
   <translation>Noch einmal einreihen, auch zurückgestellte</translation>
  </message>
  <message>
   <source>Remove ended jobs from the list; their files stay</source>
   <translation>Beendete Aufträge aus der Liste entfernen; ihre Dateien bleiben</translation>
  </message>
  <message>
   <source>Retry</source>
   <translation>Wiederholen</translation>
  </message>
  <message>
   <source>Run the job after the one below</source>
   <translation>Diesen Auftrag nach dem darunter ausführen</translation>
  </message>
  <message>
   <source>Run the job before the one above</source>
   <translation>Diesen Auftrag vor dem darüber ausführen</translation>
  </message>
  <message>
   <source>Show files</source>
   <translation>Dateien zeigen</translation>
  </message>
  <message>
   <source>Stop within one step; no partial files remain</source>
   <translation>Innerhalb eines Schritts abbrechen; es bleiben keine halben Dateien</translation>
  </message>
  <message>
   <source>Worker</source>
   <translation>Worker</translation>
  </message>
  <message>
   <source>Worker: idle, starts when there is work</source>
   <translation>Worker: untätig, startet bei Bedarf</translation>
  </message>
  <message>
   <source>Worker: not reachable, trying again</source>
   <translation>Worker: nicht erreichbar, neuer Versuch</translation>
  </message>
  <message>
   <source>Worker: ready</source>
   <translation>Worker: bereit</translation>
  </message>
  <message>
   <source>Worker: starting…</source>
   <translation>Worker: startet…</translation>
  </message>
 </context>
 <context>
  <name>LaneBox</name>
  <message>
   <source>Lane</source>
   <translation>Lane</translation>
  </message>
  <message>
   <source>The lane whose effects are shown</source>
   <translation>Die Lane, deren Effekte zu sehen sind</translation>
  </message>
 </context>
 <context>
  <name>LevelMeter</name>
  <message>
   <source>Level meter</source>
   <translation>Pegelanzeige</translation>
  </message>
  <message>
   <source>Peak level in dBFS, -60 to 0, and the held peak. Click to reset it and the clip light.</source>
   <translation>Spitzenpegel in dBFS, -60 bis 0, und die gehaltene Spitze. Ein Klick setzt sie und die Übersteuerungsanzeige zurück.</translation>
  </message>
  <message>
   <source>{0} dBFS</source>
   <translation>{0} dBFS</translation>
  </message>
 </context>
 <context>
  <name>ListeningActions</name>
  <message>
   <source>A/B</source>
   <translation>A/B</translation>
  </message>
  <message>
   <source>Hear the clips as they are, without stems, solo, mute, gain and effects</source>
   <translation>Die Clips hören, wie sie sind: ohne Stems, Solo, Stumm, Pegel und Effekte</translation>
  </message>
  <message>
   <source>Listen to all lanes</source>
   <translation>Alle Lanes anhören</translation>
  </message>
  <message>
   <source>Listen to lane {0}</source>
   <translation>Lane {0} anhören</translation>
  </message>
  <message>
   <source>Original</source>
   <translation>Original</translation>
  </message>
  <message>
   <source>Switch between the last two you listened to</source>
   <translation>Zwischen den beiden zuletzt gehörten wechseln</translation>
  </message>
 </context>
 <context>
  <name>MainWindow</name>
  <message>
   <source>Backup: {0}</source>
   <translation>Sicherung: {0}</translation>
  </message>
  <message>
   <source>Choose folder…</source>
   <translation>Ordner wählen…</translation>
  </message>
  <message>
   <source>Copy details</source>
   <translation>Einzelheiten kopieren</translation>
  </message>
  <message>
   <source>Placed in {0}.</source>
   <translation>In {0} eingesetzt.</translation>
  </message>
  <message>
   <source>Redo</source>
   <translation>Wiederholen</translation>
  </message>
  <message>
   <source>Start empty</source>
   <translation>Leer beginnen</translation>
  </message>
  <message>
   <source>Table written: {0}</source>
   <translation>Tabelle geschrieben: {0}</translation>
  </message>
  <message>
   <source>The panel ended unexpectedly; your work has been restored.</source>
   <translation>Das Programm wurde unerwartet beendet; die Arbeit ist wiederhergestellt.</translation>
  </message>
  <message>
   <source>Undo</source>
   <translation>Rückgängig</translation>
  </message>
  <message>
   <source>{0} Your work is saved; you can go on.</source>
   <translation>{0} Die Arbeit ist gesichert; sie kann weitergehen.</translation>
  </message>
  <message>
   <source>{0} is as it was before.</source>
   <translation>{0} ist wieder wie zuvor.</translation>
  </message>
 </context>
 <context>
  <name>MarkerEditor</name>
  <message>
   <source>Name of the marker</source>
   <translation>Name des Markers</translation>
  </message>
 </context>
 <context>
  <name>MarkerEdits</name>
  <message>
   <source>Move a marker</source>
   <translation>Marker verschieben</translation>
  </message>
  <message>
   <source>Remove a marker</source>
   <translation>Marker entfernen</translation>
  </message>
  <message>
   <source>Rename a marker</source>
   <translation>Marker umbenennen</translation>
  </message>
  <message>
   <source>Set a marker</source>
   <translation>Marker setzen</translation>
  </message>
 </context>
 <context>
  <name>MessageBar</name>
  <message>
   <source>Close</source>
   <translation>Schließen</translation>
  </message>
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
   <source>Controls cannot be saved in {0}: {1}</source>
   <translation>Die Controller-Zuordnung lässt sich nicht in {0} sichern: {1}</translation>
  </message>
  <message>
   <source>{0} was disconnected ({1}); connect it and choose it again</source>
   <translation>{0} wurde getrennt ({1}); wieder anschließen und neu wählen</translation>
  </message>
 </context>
 <context>
  <name>MidiPanel</name>
  <message>
   <source>&amp;Port</source>
   <translation>&amp;Anschluss</translation>
  </message>
  <message>
   <source>&amp;Refresh</source>
   <translation>&amp;Aktualisieren</translation>
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
   <source>Choose a port, then Learn, then use a key, pad or knob.</source>
   <translation>Einen Anschluss wählen, dann „Lernen“, dann eine Taste, ein Pad oder einen Regler betätigen.</translation>
  </message>
  <message>
   <source>Forget</source>
   <translation>Vergessen</translation>
  </message>
  <message>
   <source>Forget {0}</source>
   <translation>{0} vergessen</translation>
  </message>
  <message>
   <source>Learn</source>
   <translation>Lernen</translation>
  </message>
  <message>
   <source>Learn {0}</source>
   <translation>{0} lernen</translation>
  </message>
  <message>
   <source>List the ports again</source>
   <translation>Die Anschlüsse neu auflisten</translation>
  </message>
  <message>
   <source>MIDI input of the controller; other programs can use it at the same time</source>
   <translation>MIDI-Eingang des Controllers; andere Programme können ihn gleichzeitig nutzen</translation>
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
   <source>No MIDI port was found; connect a controller and refresh.</source>
   <translation>Kein MIDI-Anschluss gefunden; einen Controller anschließen und aktualisieren.</translation>
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
   <source>Use the control for {0}; click Learn again to cancel.</source>
   <translation>Das Bedienelement für {0} betätigen; „Lernen“ noch einmal klicken, um abzubrechen.</translation>
  </message>
  <message>
   <source>Used: {0}</source>
   <translation>Betätigt: {0}</translation>
  </message>
  <message>
   <source>controller {0}, channel {1}</source>
   <translation>Controller {0}, Kanal {1}</translation>
  </message>
  <message>
   <source>note {0}, channel {1}</source>
   <translation>Note {0}, Kanal {1}</translation>
  </message>
  <message>
   <source>nothing</source>
   <translation>nichts</translation>
  </message>
  <message>
   <source>program {0}, channel {1}</source>
   <translation>Programm {0}, Kanal {1}</translation>
  </message>
  <message>
   <source>{0} (not connected)</source>
   <translation>{0} (nicht angeschlossen)</translation>
  </message>
  <message>
   <source>{0} is learnt</source>
   <translation>{0} ist gelernt</translation>
  </message>
 </context>
 <context>
  <name>MissingBar</name>
  <message>
   <source>Keep it anyway</source>
   <translation>Trotzdem behalten</translation>
  </message>
  <message>
   <source>Keep {0} anyway</source>
   <translation>{0} trotzdem behalten</translation>
  </message>
  <message>
   <source>Write a stem for this sound although it was not found</source>
   <translation>Einen Stem für diesen Klang schreiben, obwohl er nicht gefunden wurde</translation>
  </message>
 </context>
 <context>
  <name>ModelBox</name>
  <message>
   <source>Default</source>
   <translation>Standard</translation>
  </message>
  <message>
   <source>Model</source>
   <translation>Modell</translation>
  </message>
  <message>
   <source>Model for the next separation; install more under Help, Models…</source>
   <translation>Modell für die nächste Trennung; weitere installieren unter Hilfe, Modelle…</translation>
  </message>
  <message>
   <source>{0} (not installed)</source>
   <translation>{0} (nicht installiert)</translation>
  </message>
 </context>
 <context>
  <name>ModelManager</name>
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
   <source>A model from the Hugging Face Hub</source>
   <translation>Ein Modell vom Hugging Face Hub</translation>
  </message>
  <message>
   <source>Adding {0}…</source>
   <translation>{0} wird hinzugefügt…</translation>
  </message>
  <message>
   <source>Asking the Hub about {0}…</source>
   <translation>Der Hub wird nach {0} gefragt…</translation>
  </message>
  <message>
   <source>Check every file against its checksum</source>
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
   <source>Download a ready-made model from the Hugging Face Hub</source>
   <translation>Ein fertiges Modell vom Hugging Face Hub herunterladen</translation>
  </message>
  <message>
   <source>Download, convert and verify</source>
   <translation>Herunterladen, umwandeln und prüfen</translation>
  </message>
  <message>
   <source>Downloading {0}: {1}</source>
   <translation>{0} wird geladen: {1}</translation>
  </message>
  <message>
   <source>Folder of a converted model (with card.json)</source>
   <translation>Ordner eines umgewandelten Modells (mit card.json)</translation>
  </message>
  <message>
   <source>From the &amp;Hub…</source>
   <translation>Vom &amp;Hub…</translation>
  </message>
  <message>
   <source>Install</source>
   <translation>Installieren</translation>
  </message>
  <message>
   <source>Install {0}?</source>
   <translation>{0} installieren?</translation>
  </message>
  <message>
   <source>Installing {0}…</source>
   <translation>{0} wird installiert…</translation>
  </message>
  <message>
   <source>Models</source>
   <translation>Modelle</translation>
  </message>
  <message>
   <source>Name, such as org/name or org/name@revision:</source>
   <translation>Name, etwa org/name oder org/name@revision:</translation>
  </message>
  <message>
   <source>Not installed. Source: {0}
Licence: {1}</source>
   <translation>Nicht installiert. Quelle: {0}
Lizenz: {1}</translation>
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
   <source>Remove {0}?</source>
   <translation>{0} entfernen?</translation>
  </message>
  <message>
   <source>Stop; a download resumes next time</source>
   <translation>Anhalten; ein Download wird beim nächsten Mal fortgesetzt</translation>
  </message>
  <message>
   <source>The command gave no reason; run it in a terminal</source>
   <translation>Der Befehl nannte keinen Grund; in einem Terminal ausführen</translation>
  </message>
  <message>
   <source>Verifying {0}…</source>
   <translation>{0} wird geprüft…</translation>
  </message>
  <message>
   <source>some gigabytes (the publisher states no size)</source>
   <translation>einige Gigabyte (der Herausgeber nennt keine Größe)</translation>
  </message>
  <message>
   <source>{0} and its files ({1}) will be deleted from
{2}</source>
   <translation>{0} und seine Dateien ({1}) werden gelöscht aus
{2}</translation>
  </message>
  <message>
   <source>{0} is downloaded from
{1}

Size: {2}
Licence: {3}</source>
   <translation>{0} wird heruntergeladen von
{1}

Größe: {2}
Lizenz: {3}</translation>
  </message>
  <message>
   <source>{0} is downloaded from
{1}

Size: {2}
Licence: {3}

It is then converted and verified on this machine.</source>
   <translation>{0} wird heruntergeladen von
{1}

Größe: {2}
Lizenz: {3}

Danach wird es auf diesem Rechner umgewandelt und geprüft.</translation>
  </message>
  <message>
   <source>{0} is downloaded; conversion and verification take minutes</source>
   <translation>{0} ist heruntergeladen; Umwandeln und Prüfen dauern einige Minuten</translation>
  </message>
  <message>
   <source>{0} is installed</source>
   <translation>{0} ist installiert</translation>
  </message>
  <message>
   <source>{0} is intact: all checksums match, all graphs load</source>
   <translation>{0} ist unversehrt: alle Prüfsummen stimmen, alle Graphen lassen sich laden</translation>
  </message>
  <message>
   <source>{0} was added</source>
   <translation>{0} wurde hinzugefügt</translation>
  </message>
  <message>
   <source>{0} was removed</source>
   <translation>{0} wurde entfernt</translation>
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
   <source>unknown</source>
   <translation>unbekannt</translation>
  </message>
 </context>
 <context>
  <name>Panels</name>
  <message>
   <source>Batch</source>
   <translation>Stapel</translation>
  </message>
  <message>
   <source>Effects</source>
   <translation>Effekte</translation>
  </message>
  <message>
   <source>History</source>
   <translation>Verlauf</translation>
  </message>
  <message>
   <source>Jobs</source>
   <translation>Aufträge</translation>
  </message>
  <message>
   <source>Picture</source>
   <translation>Bild</translation>
  </message>
  <message>
   <source>Show or hide the batch: a folder or many clips as one set of jobs</source>
   <translation>Den Stapel zeigen oder verbergen: ein Ordner oder viele Clips als ein Auftrag</translation>
  </message>
  <message>
   <source>Show or hide the effects of a lane</source>
   <translation>Die Effekte einer Lane zeigen oder verbergen</translation>
  </message>
  <message>
   <source>Show or hide the list of undo steps</source>
   <translation>Die Liste der Schritte zum Rückgängigmachen zeigen oder verbergen</translation>
  </message>
  <message>
   <source>Show or hide the picture of videos, in step with the sound</source>
   <translation>Das Bild von Videos, im Gleichlauf mit dem Ton, zeigen oder verbergen</translation>
  </message>
  <message>
   <source>Show or hide the sounds to separate, their settings and takes</source>
   <translation>Klänge zum Trennen, ihre Einstellungen und Takes zeigen oder verbergen</translation>
  </message>
  <message>
   <source>Show or hide the worker's queue</source>
   <translation>Die Warteschlange des Workers zeigen oder verbergen</translation>
  </message>
  <message>
   <source>Sounds</source>
   <translation>Klänge</translation>
  </message>
 </context>
 <context>
  <name>ParameterControl</name>
  <message>
   <source>{0}
Double click: default ({1})</source>
   <translation>{0}
Doppelklick: Grundwert ({1})</translation>
  </message>
 </context>
 <context>
  <name>ParameterPanel</name>
  <message>
   <source>Filter the parameters</source>
   <translation>Parameter filtern</translation>
  </message>
 </context>
 <context>
  <name>PictureCanvas</name>
  <message>
   <source>Picture</source>
   <translation>Bild</translation>
  </message>
  <message>
   <source>The picture at the playhead. A double click shows it on the whole screen</source>
   <translation>Das Bild am Abspielkopf. Ein Doppelklick zeigt es auf dem ganzen Schirm</translation>
  </message>
 </context>
 <context>
  <name>PictureController</name>
  <message>
   <source>No picture here: no clip of a video lies at the playhead</source>
   <translation>Hier gibt es kein Bild: am Abspielkopf liegt kein Clip eines Videos</translation>
  </message>
  <message>
   <source>Open a video, or a session whose clips are from videos, to see its picture in step with the sound</source>
   <translation>Ein Video öffnen oder eine Session mit Clips aus Videos: hier läuft das Bild im Gleichlauf mit dem Ton</translation>
  </message>
  <message>
   <source>The picture begins later</source>
   <translation>Das Bild beginnt später</translation>
  </message>
 </context>
 <context>
  <name>PicturePanel</name>
  <message>
   <source>Frame before</source>
   <translation>Bild davor</translation>
  </message>
  <message>
   <source>Next frame</source>
   <translation>Nächstes Bild</translation>
  </message>
  <message>
   <source>Show the picture on the whole screen</source>
   <translation>Das Bild auf dem ganzen Schirm zeigen</translation>
  </message>
  <message>
   <source>The frame before (,)</source>
   <translation>Das Bild davor (,)</translation>
  </message>
  <message>
   <source>The next frame (.)</source>
   <translation>Das nächste Bild (.)</translation>
  </message>
  <message>
   <source>Whole screen</source>
   <translation>Ganzer Schirm</translation>
  </message>
 </context>
 <context>
  <name>Place</name>
  <message>
   <source>+ marker {0} at {1}</source>
   <translation>+ Marker {0} bei {1}</translation>
  </message>
  <message>
   <source>+ region {0}, {1} to {2}</source>
   <translation>+ Region {0}, {1} bis {2}</translation>
  </message>
  <message>
   <source>+ take {0} in clip {1}</source>
   <translation>+ Take {0} im Clip {1}</translation>
  </message>
  <message>
   <source>+ track {0}</source>
   <translation>+ Spur {0}</translation>
  </message>
  <message>
   <source>Changes nothing: {0} already holds these stems.</source>
   <translation>Ändert nichts: {0} enthält diese Stems schon.</translation>
  </message>
  <message>
   <source>Clip {0}: {1}</source>
   <translation>Clip {0}: {1}</translation>
  </message>
  <message>
   <source>Gain automation is rendered into the stems of: {0}</source>
   <translation>Lautstärke-Automation wird in die Stems gerechnet von: {0}</translation>
  </message>
  <message>
   <source>Not in the stems: {0}</source>
   <translation>Nicht in den Stems: {0}</translation>
  </message>
  <message>
   <source>Stays as it is: {0}</source>
   <translation>Bleibt, wie es ist: {0}</translation>
  </message>
  <message>
   <source>a backup of {0} is saved first</source>
   <translation>zuerst wird {0} gesichert</translation>
  </message>
  <message>
   <source>adds {0}</source>
   <translation>fügt {0} hinzu</translation>
  </message>
  <message>
   <source>adds {0} on {1}</source>
   <translation>fügt {0} auf {1} hinzu</translation>
  </message>
  <message>
   <source>adds {0} with {1} under {2}</source>
   <translation>fügt {0} mit {1} unter {2} hinzu</translation>
  </message>
  <message>
   <source>creates a session of {0} with {1}</source>
   <translation>legt eine Session aus {0} mit {1} an</translation>
  </message>
  <message>
   <source>mutes nothing</source>
   <translation>schaltet nichts stumm</translation>
  </message>
  <message>
   <source>mutes {0} clip</source>
   <translation>schaltet {0} Clip stumm</translation>
  </message>
  <message>
   <source>mutes {0} clips</source>
   <translation>schaltet {0} Clips stumm</translation>
  </message>
  <message>
   <source>no other file changes</source>
   <translation>keine andere Datei ändert sich</translation>
  </message>
  <message>
   <source>{0} and {1}</source>
   <translation>{0} und {1}</translation>
  </message>
  <message>
   <source>{0} and {1} more</source>
   <translation>{0} und {1} weitere</translation>
  </message>
  <message>
   <source>{0} clip</source>
   <translation>{0} Clip</translation>
  </message>
  <message>
   <source>{0} clips</source>
   <translation>{0} Clips</translation>
  </message>
  <message>
   <source>{0} marker</source>
   <translation>{0} Marker</translation>
  </message>
  <message>
   <source>{0} markers</source>
   <translation>{0} Marker</translation>
  </message>
  <message>
   <source>{0} more tracks</source>
   <translation>{0} weitere Spuren</translation>
  </message>
  <message>
   <source>{0} take</source>
   <translation>{0} Take</translation>
  </message>
  <message>
   <source>{0} takes</source>
   <translation>{0} Takes</translation>
  </message>
  <message>
   <source>{0} track</source>
   <translation>{0} Spur</translation>
  </message>
  <message>
   <source>{0} tracks</source>
   <translation>{0} Spuren</translation>
  </message>
  <message>
   <source>{0}: {1} to {2} ({3})</source>
   <translation>{0}: {1} bis {2} ({3})</translation>
  </message>
  <message>
   <source>~ clip {0} is muted</source>
   <translation>~ Clip {0} wird stummgeschaltet</translation>
  </message>
 </context>
 <context>
  <name>PlaceDialog</name>
  <message>
   <source>A backup is saved next to the session first; Undo restores it.</source>
   <translation>Zuerst wird neben der Session eine Sicherung angelegt; Rückgängig stellt sie wieder her.</translation>
  </message>
  <message>
   <source>A new session is created; no other file changes.</source>
   <translation>Eine neue Session wird angelegt; keine andere Datei ändert sich.</translation>
  </message>
  <message>
   <source>Cancel</source>
   <translation>Abbrechen</translation>
  </message>
  <message>
   <source>Changes</source>
   <translation>Änderungen</translation>
  </message>
  <message>
   <source>Changes of the file, line by line</source>
   <translation>Änderungen der Datei, Zeile für Zeile</translation>
  </message>
  <message>
   <source>Comparing the sessions…</source>
   <translation>Die Sessions werden verglichen…</translation>
  </message>
  <message>
   <source>Details</source>
   <translation>Details</translation>
  </message>
  <message>
   <source>List every change, and the lines of the file</source>
   <translation>Jede Änderung auflisten, und die Zeilen der Datei</translation>
  </message>
  <message>
   <source>No changes.</source>
   <translation>Keine Änderungen.</translation>
  </message>
  <message>
   <source>Other session</source>
   <translation>Andere Session</translation>
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
   <source>Save as another session; the open one stays unchanged</source>
   <translation>Als andere Session speichern; die geöffnete bleibt unverändert</translation>
  </message>
  <message>
   <source>Save session as</source>
   <translation>Session speichern als</translation>
  </message>
  <message>
   <source>Session</source>
   <translation>Session</translation>
  </message>
  <message>
   <source>Sessions ({0})</source>
   <translation>Sessions ({0})</translation>
  </message>
  <message>
   <source>Takes to place</source>
   <translation>Takes zum Einsetzen</translation>
  </message>
  <message>
   <source>This format is not text; the changes are listed above.</source>
   <translation>Dieses Format ist kein Text; die Änderungen stehen oben.</translation>
  </message>
  <message>
   <source>{0}: {1} (take {2})</source>
   <translation>{0}: {1} (Take {2})</translation>
  </message>
 </context>
 <context>
  <name>PlaceOptions</name>
  <message>
   <source>A muted clip would mute its takes</source>
   <translation>Ein stummer Clip würde seine Takes stummschalten</translation>
  </message>
  <message>
   <source>As takes</source>
   <translation>Als Takes</translation>
  </message>
  <message>
   <source>Beside a stem with effects also the stem without them, muted</source>
   <translation>Neben einen Stem mit Effekten auch den Stem ohne sie, stumm</translation>
  </message>
  <message>
   <source>Dry stems, muted</source>
   <translation>Trockene Stems, stumm</translation>
  </message>
  <message>
   <source>Embed the sound</source>
   <translation>Ton einbetten</translation>
  </message>
  <message>
   <source>Handles</source>
   <translation>Überhang</translation>
  </message>
  <message>
   <source>Markers of the panel</source>
   <translation>Marker des Panels</translation>
  </message>
  <message>
   <source>More of the source on both sides of each stem; separates those parts too</source>
   <translation>Mehr von der Quelle auf beiden Seiten jedes Stems; trennt auch diese Teile</translation>
  </message>
  <message>
   <source>Mute the source clips</source>
   <translation>Quellclips stummschalten</translation>
  </message>
  <message>
   <source>On new tracks</source>
   <translation>Auf neuen Spuren</translation>
  </message>
  <message>
   <source>One track for each sound, under the track of its clips</source>
   <translation>Eine Spur je Klang, unter der Spur seiner Clips</translation>
  </message>
  <message>
   <source>Regions where sounds were found</source>
   <translation>Regionen, wo Klänge sind</translation>
  </message>
  <message>
   <source>Stems and rest together sound exactly like the clip</source>
   <translation>Stems und Rest zusammen klingen genau wie der Clip</translation>
  </message>
  <message>
   <source>The markers that you set here</source>
   <translation>Die hier gesetzten Marker</translation>
  </message>
  <message>
   <source>With the rest</source>
   <translation>Mit dem Rest</translation>
  </message>
  <message>
   <source>{0} sessions cannot hold this</source>
   <translation>{0}-Sessions können das nicht aufnehmen</translation>
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
  <name>PlacementPictureView</name>
  <message>
   <source>After</source>
   <translation>Nachher</translation>
  </message>
  <message>
   <source>Before</source>
   <translation>Vorher</translation>
  </message>
  <message>
   <source>Tracks before and after</source>
   <translation>Spuren vorher und nachher</translation>
  </message>
 </context>
 <context>
  <name>PlacementPreparation</name>
  <message>
   <source>Printing the effects of {0} stems…</source>
   <translation>Die Effekte von {0} Stems werden gerechnet…</translation>
  </message>
  <message>
   <source>Separating the handles of {0} clips…</source>
   <translation>Der Überhang von {0} Clips wird getrennt…</translation>
  </message>
  <message>
   <source>The handles were cancelled; choose them again to separate them.</source>
   <translation>Der Überhang wurde abgebrochen; neu wählen, um ihn zu trennen.</translation>
  </message>
  <message>
   <source>Writing the stems with the newest settings…</source>
   <translation>Die Stems werden mit den neuesten Einstellungen geschrieben…</translation>
  </message>
 </context>
 <context>
  <name>PluginEditors</name>
  <message>
   <source>Edit {0}</source>
   <translation>{0} bearbeiten</translation>
  </message>
  <message>
   <source>The window of another plug-in was closed; press Editor again.</source>
   <translation>Das Fenster eines anderen Plug-ins wurde geschlossen; noch einmal auf „Editor“ drücken.</translation>
  </message>
 </context>
 <context>
  <name>PresetMenu</name>
  <message>
   <source>Add a sound</source>
   <translation>Klang hinzufügen</translation>
  </message>
  <message>
   <source>Delete a preset</source>
   <translation>Preset löschen</translation>
  </message>
  <message>
   <source>Delete preset</source>
   <translation>Preset löschen</translation>
  </message>
  <message>
   <source>Favourites</source>
   <translation>Favoriten</translation>
  </message>
  <message>
   <source>History</source>
   <translation>Verlauf</translation>
  </message>
  <message>
   <source>History, favourites and presets</source>
   <translation>Verlauf, Favoriten und Presets</translation>
  </message>
  <message>
   <source>Name</source>
   <translation>Name</translation>
  </message>
  <message>
   <source>Presets</source>
   <translation>Presets</translation>
  </message>
  <message>
   <source>Save a preset</source>
   <translation>Preset speichern</translation>
  </message>
  <message>
   <source>Save as preset</source>
   <translation>Als Preset speichern</translation>
  </message>
  <message>
   <source>Save as preset…</source>
   <translation>Als Preset speichern…</translation>
  </message>
  <message>
   <source>Use a preset</source>
   <translation>Preset anwenden</translation>
  </message>
 </context>
 <context>
  <name>QueryField</name>
  <message>
   <source>Suggestions</source>
   <translation>Vorschläge</translation>
  </message>
 </context>
 <context>
  <name>QueryRowWidget</name>
  <message>
   <source>Colour of {0}</source>
   <translation>Farbe von {0}</translation>
  </message>
  <message>
   <source>Favourite {0}</source>
   <translation>{0} als Favorit</translation>
  </message>
  <message>
   <source>Favourite: offered while you type</source>
   <translation>Favorit: wird beim Tippen angeboten</translation>
  </message>
  <message>
   <source>Its render settings are not the defaults</source>
   <translation>Seine Render-Einstellungen sind nicht die Vorgaben</translation>
  </message>
  <message>
   <source>Keep out {0}</source>
   <translation>{0} heraushalten</translation>
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
   <source>Number of regions where it was found, and its level relative to the clip</source>
   <translation>Anzahl der Stellen, an denen er gefunden wurde, und sein Pegel gegenüber dem Clip</translation>
  </message>
  <message>
   <source>Own settings</source>
   <translation>Eigene Einstellungen</translation>
  </message>
  <message>
   <source>Remove this sound from the list</source>
   <translation>Diesen Klang aus der Liste entfernen</translation>
  </message>
  <message>
   <source>Remove {0}</source>
   <translation>{0} entfernen</translation>
  </message>
  <message>
   <source>Separate this sound</source>
   <translation>Diesen Klang trennen</translation>
  </message>
  <message>
   <source>Separate {0}</source>
   <translation>{0} trennen</translation>
  </message>
 </context>
 <context>
  <name>RecentMenu</name>
  <message>
   <source>Clear this list</source>
   <translation>Liste leeren</translation>
  </message>
  <message>
   <source>Open recent</source>
   <translation>Zuletzt geöffnet</translation>
  </message>
 </context>
 <context>
  <name>RemarkLabel</name>
  <message>
   <source>Did you mean:</source>
   <translation>Gemeint war:</translation>
  </message>
 </context>
 <context>
  <name>RenderPanel</name>
  <message>
   <source>0 to 100 %: attenuation of a stem where its sound is absent. Double-click for 100 %.</source>
   <translation>0 bis 100 %: Absenkung eines Stems, wo sein Klang fehlt. Doppelklick für 100 %.</translation>
  </message>
  <message>
   <source>A soft mask on the clip: nulls with the rest, keeps the stereo image</source>
   <translation>Eine weiche Maske auf dem Clip: ergibt mit dem Rest genau den Clip, erhält das Stereobild</translation>
  </message>
  <message>
   <source>All sounds</source>
   <translation>Alle Klänge</translation>
  </message>
  <message>
   <source>Attenuate</source>
   <translation>Absenken</translation>
  </message>
  <message>
   <source>Audio synthesised by the model; needs a vocoder</source>
   <translation>Vom Modell synthetisiertes Audio; braucht einen Vocoder</translation>
  </message>
  <message>
   <source>Exponent of the mask, 0.25 to 4. Above 1: less bleed, more artefacts. Double-click for 1.</source>
   <translation>Exponent der Maske, 0,25 bis 4. Über 1: weniger Übersprechen, mehr Artefakte. Doppelklick für 1.</translation>
  </message>
  <message>
   <source>Gate</source>
   <translation>Gate</translation>
  </message>
  <message>
   <source>Generated</source>
   <translation>Synthetisiert</translation>
  </message>
  <message>
   <source>Hybrid</source>
   <translation>Hybrid</translation>
  </message>
  <message>
   <source>Keep the sound in the rest, attenuated by 1 to 60 dB, instead of removing it.</source>
   <translation>Den Klang im Rest lassen, um 1 bis 60 dB abgesenkt, statt ihn zu entfernen.</translation>
  </message>
  <message>
   <source>Mask</source>
   <translation>Maske</translation>
  </message>
  <message>
   <source>Mask filters the clip: stems and rest add up to it.
The other modes need a model with a vocoder.</source>
   <translation>„Maske“ filtert den Clip: Stems und Rest ergeben zusammen wieder ihn.
Die anderen Arten brauchen ein Modell mit Vocoder.</translation>
  </message>
  <message>
   <source>Mask, with synthesised audio where the mask leaves nothing; needs a vocoder</source>
   <translation>Maske, mit synthetisiertem Audio, wo die Maske nichts übrig lässt; braucht einen Vocoder</translation>
  </message>
  <message>
   <source>Mode</source>
   <translation>Modus</translation>
  </message>
  <message>
   <source>Not the default</source>
   <translation>Nicht die Vorgabe</translation>
  </message>
  <message>
   <source>Reset</source>
   <translation>Zurücksetzen</translation>
  </message>
  <message>
   <source>Set all render settings of these sounds to their defaults</source>
   <translation>Alle Render-Einstellungen dieser Klänge auf ihre Vorgaben setzen</translation>
  </message>
  <message>
   <source>Show and set all sounds together</source>
   <translation>Alle Klänge zusammen zeigen und einstellen</translation>
  </message>
  <message>
   <source>Strength</source>
   <translation>Stärke</translation>
  </message>
  <message>
   <source>removed</source>
   <translation>entfernt</translation>
  </message>
 </context>
 <context>
  <name>RowHead</name>
  <message>
   <source>Add and change effects</source>
   <translation>Effekte hinzufügen und ändern</translation>
  </message>
  <message>
   <source>Effects of {0}</source>
   <translation>Effekte von {0}</translation>
  </message>
  <message>
   <source>Gain of {0} in decibels</source>
   <translation>Verstärkung von {0} in Dezibel</translation>
  </message>
  <message>
   <source>Hear it alone, with others in solo (S)</source>
   <translation>Allein hören, mit anderen in Solo (S)</translation>
  </message>
  <message>
   <source>Lane {0}</source>
   <translation>Spur {0}</translation>
  </message>
  <message>
   <source>Leave it out of the mix (M)</source>
   <translation>Aus der Mischung nehmen (M)</translation>
  </message>
  <message>
   <source>Mute {0}</source>
   <translation>{0} stummschalten</translation>
  </message>
  <message>
   <source>Solo {0}</source>
   <translation>{0} solo hören</translation>
  </message>
  <message>
   <source>Track {0}</source>
   <translation>Track {0}</translation>
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
   <source>Nothing can be written in {0}; stems are written in {1}.</source>
   <translation>In {0} kann nichts geschrieben werden; Stems kommen nach {1}.</translation>
  </message>
  <message>
   <source>Open an audio file or a session first.</source>
   <translation>Zuerst eine Audiodatei oder eine Session öffnen.</translation>
  </message>
  <message>
   <source>Render settings</source>
   <translation>Render-Einstellungen</translation>
  </message>
  <message>
   <source>Separate</source>
   <translation>Trennen</translation>
  </message>
  <message>
   <source>the worker gave no reason</source>
   <translation>der Worker nannte keinen Grund</translation>
  </message>
 </context>
 <context>
  <name>SeparationPage</name>
  <message>
   <source>&amp;Check</source>
   <translation>&amp;Prüfen</translation>
  </message>
  <message>
   <source>Automatic</source>
   <translation>Automatisch</translation>
  </message>
  <message>
   <source>Automatic uses the fastest that works</source>
   <translation>Automatisch nimmt das schnellste Gerät, das läuft</translation>
  </message>
  <message>
   <source>Checking…</source>
   <translation>Wird geprüft…</translation>
  </message>
  <message>
   <source>Device for separations</source>
   <translation>Gerät für Trennungen</translation>
  </message>
  <message>
   <source>Load the model on this device and show the provider it runs on</source>
   <translation>Das Modell auf diesem Gerät laden und zeigen, worauf es läuft</translation>
  </message>
  <message>
   <source>Runs on</source>
   <translation>Läuft auf</translation>
  </message>
  <message>
   <source>The device could not be determined.</source>
   <translation>Das Gerät ließ sich nicht ermitteln.</translation>
  </message>
 </context>
 <context>
  <name>SessionActions</name>
  <message>
   <source>Audacity labels ({0})</source>
   <translation>Audacity-Textmarken ({0})</translation>
  </message>
  <message>
   <source>Export markers</source>
   <translation>Marker exportieren</translation>
  </message>
  <message>
   <source>Find media</source>
   <translation>Medien suchen</translation>
  </message>
  <message>
   <source>Folder with the missing media</source>
   <translation>Ordner mit den fehlenden Medien</translation>
  </message>
  <message>
   <source>Frame rate</source>
   <translation>Bildrate</translation>
  </message>
  <message>
   <source>Frames a second of {0}</source>
   <translation>Bilder pro Sekunde von {0}</translation>
  </message>
  <message>
   <source>MIDI file with tempo map ({0})</source>
   <translation>MIDI-Datei mit Tempo ({0})</translation>
  </message>
  <message>
   <source>Markers from a sound</source>
   <translation>Marker aus einem Klang</translation>
  </message>
  <message>
   <source>Sound</source>
   <translation>Klang</translation>
  </message>
  <message>
   <source>Table ({0})</source>
   <translation>Tabelle ({0})</translation>
  </message>
  <message>
   <source>{0} markers in {1}.</source>
   <translation>{0} Marker in {1}.</translation>
  </message>
 </context>
 <context>
  <name>SettingsDialog</name>
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
   <source>Audio</source>
   <translation>Audio</translation>
  </message>
  <message>
   <source>Audio device</source>
   <translation>Audiogerät</translation>
  </message>
  <message>
   <source>Audio plays at the clip's sample rate if the device supports it, and is resampled otherwise.</source>
   <translation>Die Wiedergabe läuft mit der Abtastrate des Clips, wenn das Gerät sie unterstützt; sonst wird umgerechnet.</translation>
  </message>
  <message>
   <source>Choose the output folder</source>
   <translation>Den Ausgabeordner wählen</translation>
  </message>
  <message>
   <source>Colours of the panel, applied at once</source>
   <translation>Farben des Fensters, sofort wirksam</translation>
  </message>
  <message>
   <source>Dark</source>
   <translation>Dunkel</translation>
  </message>
  <message>
   <source>Folder that keeps stems which are dragged out</source>
   <translation>Ordner, in dem hinausgezogene Stems bleiben</translation>
  </message>
  <message>
   <source>General</source>
   <translation>Allgemein</translation>
  </message>
  <message>
   <source>High contrast</source>
   <translation>Hoher Kontrast</translation>
  </message>
  <message>
   <source>Language</source>
   <translation>Sprache</translation>
  </message>
  <message>
   <source>Language of the panel, from the next start</source>
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
   <source>Opening the settings…</source>
   <translation>Einstellungen werden geöffnet…</translation>
  </message>
  <message>
   <source>Output device for listening</source>
   <translation>Ausgabegerät zum Abhören</translation>
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
   <source>Playing silently: {0}</source>
   <translation>Wiedergabe ohne Ton: {0}</translation>
  </message>
  <message>
   <source>Same as the system</source>
   <translation>Wie das System</translation>
  </message>
  <message>
   <source>Saved. Language and worker settings apply from the next start.</source>
   <translation>Gespeichert. Sprache und Worker-Einstellungen gelten ab dem nächsten Start.</translation>
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
   <source>The system's default device</source>
   <translation>Das Standardgerät des Systems</translation>
  </message>
  <message>
   <source>Theme</source>
   <translation>Farben</translation>
  </message>
  <message>
   <source>Two actions have the same keys; change one under Shortcuts.</source>
   <translation>Zwei Aktionen haben dieselben Tasten; unter Tastenkürzel eine ändern.</translation>
  </message>
  <message>
   <source>Worker</source>
   <translation>Worker</translation>
  </message>
  <message>
   <source>{0} (not connected)</source>
   <translation>{0} (nicht angeschlossen)</translation>
  </message>
 </context>
 <context>
  <name>ShortcutEditor</name>
  <message>
   <source>Defaults for &amp;all</source>
   <translation>&amp;Alle zurücksetzen</translation>
  </message>
  <message>
   <source>Double-click keys to change them; Backspace in the field removes them.</source>
   <translation>Doppelklick auf Tasten ändert sie; die Rücktaste im Feld entfernt sie.</translation>
  </message>
  <message>
   <source>Search actions and keys</source>
   <translation>Aktionen und Tasten suchen</translation>
  </message>
  <message>
   <source>Set the default keys of every action</source>
   <translation>Für jede Aktion die Standardtasten setzen</translation>
  </message>
  <message>
   <source>Shortcuts</source>
   <translation>Tastenkürzel</translation>
  </message>
  <message>
   <source>{0} and {1} have the same keys; change one of them.</source>
   <translation>{0} und {1} haben dieselben Tasten; eine davon ändern.</translation>
  </message>
 </context>
 <context>
  <name>ShortcutRows</name>
  <message>
   <source>Action</source>
   <translation>Aktion</translation>
  </message>
  <message>
   <source>Default</source>
   <translation>Standard</translation>
  </message>
  <message>
   <source>Double-click or press F2, then press the keys</source>
   <translation>Doppelklick oder F2, dann die Tasten drücken</translation>
  </message>
  <message>
   <source>Keys</source>
   <translation>Tasten</translation>
  </message>
  <message>
   <source>Same keys as: {0}</source>
   <translation>Dieselben Tasten wie: {0}</translation>
  </message>
 </context>
 <context>
  <name>Shortcuts</name>
  <message>
   <source>{0} cannot be read as TOML ({1}); correct it or move it away.</source>
   <translation>{0} ist kein lesbares TOML ({1}); berichtigen oder beiseite legen.</translation>
  </message>
 </context>
 <context>
  <name>SlotList</name>
  <message>
   <source>Drag, or Alt+↑ and Alt+↓: order. Enter: bypass. Delete: remove. Double click: editor.</source>
   <translation>Ziehen, oder Alt+↑ und Alt+↓: Reihenfolge. Eingabe: umgehen. Entf: entfernen. Doppelklick: Editor.</translation>
  </message>
  <message>
   <source>Effects in this order</source>
   <translation>Effekte in dieser Reihenfolge</translation>
  </message>
  <message>
   <source>No effects on this lane: add one, or choose a preset.</source>
   <translation>Keine Effekte auf dieser Lane: einen hinzufügen oder ein Preset wählen.</translation>
  </message>
  <message>
   <source>bypassed</source>
   <translation>umgangen</translation>
  </message>
  <message>
   <source>on</source>
   <translation>an</translation>
  </message>
 </context>
 <context>
  <name>SoundsPanel</name>
  <message>
   <source>A description in English, or the name of a sound in German, French, Spanish, Italian, Portuguese, Japanese or Chinese.
Enter adds the sound, Ctrl+Enter separates. A draft is made while you type.</source>
   <translation>Der Name eines Klangs auf Deutsch, Französisch, Spanisch, Italienisch, Portugiesisch, Japanisch oder Chinesisch, oder eine Beschreibung auf Englisch.
Eingabe fügt den Klang hinzu, Strg+Eingabe trennt. Beim Tippen entsteht ein Entwurf.</translation>
  </message>
  <message>
   <source>A sound: dog, Hund, 犬…</source>
   <translation>Ein Klang: Hund, dog, 犬…</translation>
  </message>
  <message>
   <source>Add</source>
   <translation>Hinzufügen</translation>
  </message>
  <message>
   <source>Add a sound</source>
   <translation>Klang hinzufügen</translation>
  </message>
  <message>
   <source>Add a sound to set how its stem is made.</source>
   <translation>Einen Klang hinzufügen, um einzustellen, wie sein Stem entsteht.</translation>
  </message>
  <message>
   <source>Add this sound (Enter)</source>
   <translation>Diesen Klang hinzufügen (Eingabe)</translation>
  </message>
  <message>
   <source>All {0} sounds; click a sound for its own</source>
   <translation>Alle {0} Klänge; ein Klick auf einen Klang zeigt seine eigenen</translation>
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
   <source>Favourite</source>
   <translation>Favorit</translation>
  </message>
  <message>
   <source>Keep a sound out</source>
   <translation>Klang fernhalten</translation>
  </message>
  <message>
   <source>Keep out</source>
   <translation>Heraushalten</translation>
  </message>
  <message>
   <source>Keep out: the typed sound competes, but stays in the rest</source>
   <translation>Fernhalten: der eingegebene Klang tritt mit an, bleibt aber im Rest</translation>
  </message>
  <message>
   <source>Make stems of the selection in full quality (Ctrl+Enter)</source>
   <translation>Stems der Auswahl in voller Qualität berechnen (Strg+Eingabe)</translation>
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
   <source>Rename a sound</source>
   <translation>Klang umbenennen</translation>
  </message>
  <message>
   <source>Render</source>
   <translation>Rendern</translation>
  </message>
  <message>
   <source>Reset</source>
   <translation>Zurücksetzen</translation>
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
   <source>Sound to separate</source>
   <translation>Klang zum Trennen</translation>
  </message>
  <message>
   <source>Switch a sound</source>
   <translation>Klang umschalten</translation>
  </message>
  <message>
   <source>Takes</source>
   <translation>Takes</translation>
  </message>
  <message>
   <source>This take failed: {0}</source>
   <translation>Dieser Take ist fehlgeschlagen: {0}</translation>
  </message>
  <message>
   <source>While you type: few steps on the selection, 20 s at most, without writing stems.</source>
   <translation>Beim Tippen: wenige Schritte auf der Auswahl, höchstens 20 s, ohne Stems zu schreiben.</translation>
  </message>
  <message>
   <source>kept out</source>
   <translation>ferngehalten</translation>
  </message>
  <message>
   <source>{0} sounds</source>
   <translation>{0} Klänge</translation>
  </message>
 </context>
 <context>
  <name>StatusLabels</name>
  <message>
   <source>Selection</source>
   <translation>Auswahl</translation>
  </message>
  <message>
   <source>Sound device and model</source>
   <translation>Tongerät und Modell</translation>
  </message>
  <message>
   <source>loading the model…</source>
   <translation>Modell wird geladen…</translation>
  </message>
  <message>
   <source>model unloaded</source>
   <translation>Modell entladen</translation>
  </message>
  <message>
   <source>no audio device: playing silently</source>
   <translation>kein Audiogerät: Wiedergabe ohne Ton</translation>
  </message>
  <message>
   <source>nothing selected</source>
   <translation>nichts ausgewählt</translation>
  </message>
  <message>
   <source>runs on {0}</source>
   <translation>läuft auf {0}</translation>
  </message>
  <message>
   <source>whole clip</source>
   <translation>ganzer Clip</translation>
  </message>
  <message>
   <source>worker: idle</source>
   <translation>Worker: untätig</translation>
  </message>
  <message>
   <source>worker: not reachable</source>
   <translation>Worker: nicht erreichbar</translation>
  </message>
  <message>
   <source>worker: ready</source>
   <translation>Worker: bereit</translation>
  </message>
  <message>
   <source>worker: starting</source>
   <translation>Worker: startet</translation>
  </message>
  <message>
   <source>{0} s selected</source>
   <translation>{0} s ausgewählt</translation>
  </message>
 </context>
 <context>
  <name>StemExport</name>
  <message>
   <source>Effects are being printed to files ({0}); drag again when the bar under “Effects” has ended.</source>
   <translation>Effekte werden in Dateien gerendert ({0}); noch einmal ziehen, wenn der Balken unter „Effekte“ fertig ist.</translation>
  </message>
  <message>
   <source>Exported: {0}.</source>
   <translation>Exportiert: {0}.</translation>
  </message>
  <message>
   <source>The stems are being written with the newest settings; drag again in a moment.</source>
   <translation>Die Stems werden gerade mit den neuesten Einstellungen geschrieben; gleich noch einmal ziehen.</translation>
  </message>
  <message>
   <source>There are no stems to drag yet: separate first.</source>
   <translation>Noch gibt es keine Stems zum Ziehen: erst trennen.</translation>
  </message>
  <message>
   <source>nothing was written</source>
   <translation>nichts geschrieben</translation>
  </message>
  <message>
   <source>{0} already existed</source>
   <translation>{0} gab es schon</translation>
  </message>
  <message>
   <source>{0} files in {1}</source>
   <translation>{0} Dateien in {1}</translation>
  </message>
  <message>
   <source>{0} pass full scale and are 32-bit float WAV, which holds them</source>
   <translation>{0} gehen über Vollaussteuerung und sind deshalb WAV mit 32-Bit-Float</translation>
  </message>
 </context>
 <context>
  <name>StemPrints</name>
  <message>
   <source>Printing the effects was cancelled.</source>
   <translation>Das Rendern der Effekte wurde abgebrochen.</translation>
  </message>
 </context>
 <context>
  <name>StreamDialog</name>
  <message>
   <source>Sound stream</source>
   <translation>Tonspur</translation>
  </message>
  <message>
   <source>These videos have several sounds. Choose which one is played and separated; it can be changed later.</source>
   <translation>Diese Videos haben mehrere Tonspuren. Welche wird gespielt und getrennt? Das lässt sich später ändern.</translation>
  </message>
  <message>
   <source>This video has several sounds. Choose which one is played and separated; it can be changed later.</source>
   <translation>Dieses Video hat mehrere Tonspuren. Welche wird gespielt und getrennt? Das lässt sich später ändern.</translation>
  </message>
 </context>
 <context>
  <name>Streams</name>
  <message>
   <source>1 channel</source>
   <translation>1 Kanal</translation>
  </message>
  <message>
   <source>default</source>
   <translation>Standard</translation>
  </message>
  <message>
   <source>{0} channels</source>
   <translation>{0} Kanäle</translation>
  </message>
  <message>
   <source>{0} kHz</source>
   <translation>{0} kHz</translation>
  </message>
 </context>
 <context>
  <name>Studio</name>
  <message>
   <source>An unexpected error occurred ({0}: {1}).</source>
   <translation>Ein unerwarteter Fehler ist aufgetreten ({0}: {1}).</translation>
  </message>
  <message>
   <source>Chinese</source>
   <translation>Chinesisch</translation>
  </message>
  <message>
   <source>French</source>
   <translation>Französisch</translation>
  </message>
  <message>
   <source>German</source>
   <translation>Deutsch</translation>
  </message>
  <message>
   <source>Italian</source>
   <translation>Italienisch</translation>
  </message>
  <message>
   <source>Japanese</source>
   <translation>Japanisch</translation>
  </message>
  <message>
   <source>Marker {0}</source>
   <translation>Marker {0}</translation>
  </message>
  <message>
   <source>Model: {0}</source>
   <translation>Modell: {0}</translation>
  </message>
  <message>
   <source>No clip can be played; {0}: {1}</source>
   <translation>Kein Clip lässt sich abspielen; {0}: {1}</translation>
  </message>
  <message>
   <source>No stems to place: separate a clip first.</source>
   <translation>Keine Stems zum Einsetzen: zuerst einen Clip trennen.</translation>
  </message>
  <message>
   <source>Nothing is open: open a session or an audio file to play it.</source>
   <translation>Nichts ist geöffnet: Zum Abspielen eine Session oder Audiodatei öffnen.</translation>
  </message>
  <message>
   <source>Nothing to place: {0} already holds these stems.</source>
   <translation>Nichts einzusetzen: {0} enthält diese Stems schon.</translation>
  </message>
  <message>
   <source>Open an audio file or a session first.</source>
   <translation>Zuerst eine Audiodatei oder eine Session öffnen.</translation>
  </message>
  <message>
   <source>Portuguese</source>
   <translation>Portugiesisch</translation>
  </message>
  <message>
   <source>Ran on: {0}</source>
   <translation>Lief auf: {0}</translation>
  </message>
  <message>
   <source>Rest</source>
   <translation>Rest</translation>
  </message>
  <message>
   <source>Select the clip to separate, or drag over a part of one.</source>
   <translation>Den Clip zum Trennen auswählen oder über einen Teil davon ziehen.</translation>
  </message>
  <message>
   <source>Spanish</source>
   <translation>Spanisch</translation>
  </message>
  <message>
   <source>Take {0}, {1}</source>
   <translation>Take {0}, {1}</translation>
  </message>
  <message>
   <source>The document is still being read, or it cannot be read.</source>
   <translation>Das Dokument wird noch gelesen, oder es ist nicht lesbar.</translation>
  </message>
  <message>
   <source>The effects of “{0}” are still being printed; try again in a moment.</source>
   <translation>Die Effekte von „{0}“ werden noch gerechnet; gleich noch einmal versuchen.</translation>
  </message>
  <message>
   <source>The selection contains no clip; drag over a part of one.</source>
   <translation>Die Auswahl enthält keinen Clip; über einen Teil eines Clips ziehen.</translation>
  </message>
  <message>
   <source>The session has these stems already.</source>
   <translation>Die Session enthält diese Stems schon.</translation>
  </message>
  <message>
   <source>The state before is in {1}.</source>
   <translation>Der Stand davor liegt in {1}.</translation>
  </message>
  <message>
   <source>The stems are still being written with the newest settings; try again in a moment.</source>
   <translation>Die Stems werden noch mit den neuesten Einstellungen geschrieben; gleich noch einmal versuchen.</translation>
  </message>
  <message>
   <source>There are no clips to play.</source>
   <translation>Es gibt keine Clips zum Abspielen.</translation>
  </message>
  <message>
   <source>Type a sound first, e.g. “a dog barking”.</source>
   <translation>Zuerst einen Klang eingeben, z. B. “a dog barking”.</translation>
  </message>
  <message>
   <source>Type a sound to separate first, then what has to stay.</source>
   <translation>Zuerst einen Klang zum Trennen eingeben, dann, was bleiben soll.</translation>
  </message>
  <message>
   <source>cancelled</source>
   <translation>abgebrochen</translation>
  </message>
  <message>
   <source>doubtful</source>
   <translation>zweifelhaft</translation>
  </message>
  <message>
   <source>draft</source>
   <translation>Entwurf</translation>
  </message>
  <message>
   <source>failed</source>
   <translation>fehlgeschlagen</translation>
  </message>
  <message>
   <source>is cut off: {0} of {1} s are there; copy or export it again</source>
   <translation>ist abgeschnitten: {0} von {1} s sind da; noch einmal kopieren oder exportieren</translation>
  </message>
  <message>
   <source>its audio cannot be read</source>
   <translation>das Audio ist nicht lesbar</translation>
  </message>
  <message>
   <source>its files no longer exist; “Try again” writes them again</source>
   <translation>die Dateien gibt es nicht mehr; „Noch einmal“ schreibt sie neu</translation>
  </message>
  <message>
   <source>may be there</source>
   <translation>vielleicht</translation>
  </message>
  <message>
   <source>not found</source>
   <translation>nicht gefunden</translation>
  </message>
  <message>
   <source>not found in the drafted part</source>
   <translation>im Entwurfsteil nicht gefunden</translation>
  </message>
  <message>
   <source>not found in the selection</source>
   <translation>nicht in der Auswahl gefunden</translation>
  </message>
  <message>
   <source>not found in this clip</source>
   <translation>in diesem Clip nicht gefunden</translation>
  </message>
  <message>
   <source>seed {0}</source>
   <translation>Seed {0}</translation>
  </message>
  <message>
   <source>updating</source>
   <translation>wird erneuert</translation>
  </message>
  <message>
   <source>waiting</source>
   <translation>wartet</translation>
  </message>
  <message>
   <source>whole clip</source>
   <translation>ganzer Clip</translation>
  </message>
  <message>
   <source>without {0}</source>
   <translation>ohne {0}</translation>
  </message>
  <message>
   <source>{0} cannot be read ({1}); choose another file.</source>
   <translation>{0} kann nicht gelesen werden ({1}); eine andere Datei wählen.</translation>
  </message>
  <message>
   <source>{0} cannot be restored ({1}); the backup is {2}.</source>
   <translation>{0} lässt sich nicht wiederherstellen ({1}); die Sicherung ist {2}.</translation>
  </message>
  <message>
   <source>{0} cannot be written ({1}); choose another folder.</source>
   <translation>{0} kann nicht geschrieben werden ({1}); einen anderen Ordner wählen.</translation>
  </message>
  <message>
   <source>{0} does not say its frame rate, which can be {1}; choose it to separate its clips.</source>
   <translation>{0} nennt seine Bildrate nicht, möglich sind {1}; Bildrate wählen, um die Clips zu trennen.</translation>
  </message>
  <message>
   <source>{0} media files of {1} are missing, such as {2}.</source>
   <translation>{0} Mediendateien von {1} fehlen, zum Beispiel {2}.</translation>
  </message>
  <message>
   <source>{0} panels are open already; close one.</source>
   <translation>{0} Fenster sind schon offen; eines schließen.</translation>
  </message>
  <message>
   <source>{0} sounds</source>
   <translation>{0} Klänge</translation>
  </message>
  <message>
   <source>{0} was saved after the stems were placed, so it is left alone.</source>
   <translation>{0} wurde nach dem Einsetzen der Stems gespeichert und bleibt daher unverändert.</translation>
  </message>
  <message>
   <source>{0}: cannot be read as audio and is left out</source>
   <translation>{0}: als Audio nicht lesbar und ausgelassen</translation>
  </message>
  <message>
   <source>{0}: cannot be read as audio; open WAV, FLAC, AIFF, OGG, Opus, MP3 or a video</source>
   <translation>{0}: lässt sich nicht als Audio lesen; WAV, FLAC, AIFF, OGG, Opus, MP3 oder ein Video öffnen</translation>
  </message>
  <message>
   <source>{0}: embedded audio {1} cannot be read</source>
   <translation>{0}: das eingebettete Audio {1} ist nicht lesbar</translation>
  </message>
  <message>
   <source>{0}: marker files end in {1}.</source>
   <translation>{0}: Markerdateien enden auf {1}.</translation>
  </message>
  <message>
   <source>{0}: may be there; the model is not sure. Listen before you use it.</source>
   <translation>{0}: vielleicht vorhanden; das Modell ist nicht sicher. Vor dem Verwenden anhören.</translation>
  </message>
  <message>
   <source>{0}: {1}. Try other words or a longer part.</source>
   <translation>{0}: {1}. Andere Wörter oder einen längeren Teil versuchen.</translation>
  </message>
  <message>
   <source>“{0}” is far from every sound that the model can name, so its stem may be anything. Describe the sound in English, e.g. “a dog barking”, or name it by one word in another language.</source>
   <translation>„{0}“ ist weit von jedem Klang entfernt, den das Modell benennen kann; der Stem kann alles Mögliche sein. Den Klang auf Englisch beschreiben, z. B. „a dog barking“, oder mit einem Wort nennen, z. B. „Hundegebell“.</translation>
  </message>
  <message>
   <source>“{0}” was found nowhere, so there is nothing to mark.</source>
   <translation>„{0}“ wurde nirgends gefunden, also ist nichts zu markieren.</translation>
  </message>
  <message>
   <source>“{0}” was understood as “{1}”.</source>
   <translation>„{0}“ wurde als „{1}“ verstanden.</translation>
  </message>
  <message>
   <source>“{0}”: understood as “{1}” ({2}).</source>
   <translation>„{0}“: verstanden als „{1}“ ({2}).</translation>
  </message>
  <message>
   <source>“{0}”: understood as “{1}” ({2}, nearest name: “{3}”).</source>
   <translation>„{0}“: verstanden als „{1}“ ({2}, nächster Name: „{3}“).</translation>
  </message>
 </context>
 <context>
  <name>StudioModel</name>
  <message>
   <source>Open {0}</source>
   <translation>{0} öffnen</translation>
  </message>
  <message>
   <source>{0} does not exist; open another file.</source>
   <translation>{0} gibt es nicht; eine andere Datei öffnen.</translation>
  </message>
 </context>
 <context>
  <name>TakesModel</name>
  <message>
   <source>cancelled</source>
   <translation>abgebrochen</translation>
  </message>
  <message>
   <source>failed</source>
   <translation>fehlgeschlagen</translation>
  </message>
  <message>
   <source>not separated yet</source>
   <translation>noch nicht getrennt</translation>
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
   <source>Every separation of a clip is listed here as a take, to compare.</source>
   <translation>Jede Trennung eines Clips steht hier als Take, zum Vergleichen.</translation>
  </message>
  <message>
   <source>Remove</source>
   <translation>Entfernen</translation>
  </message>
  <message>
   <source>Remove the take from the list; its files stay</source>
   <translation>Den Take aus der Liste entfernen; seine Dateien bleiben</translation>
  </message>
  <message>
   <source>Separate a failed or cancelled take once more</source>
   <translation>Einen fehlgeschlagenen oder abgebrochenen Take noch einmal trennen</translation>
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
   <source>↑ ↓ or a click shows a take under its clip; drag it out to copy all its files</source>
   <translation>↑ ↓ oder ein Klick zeigt einen Take unter seinem Clip; Hinausziehen kopiert alle seine Dateien</translation>
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
   <source>Lane or track louder by half a decibel</source>
   <translation>Spur ein halbes Dezibel lauter</translation>
  </message>
  <message>
   <source>Lane or track softer by half a decibel</source>
   <translation>Spur ein halbes Dezibel leiser</translation>
  </message>
  <message>
   <source>Lower rows</source>
   <translation>Niedrigere Zeilen</translation>
  </message>
  <message>
   <source>Magnify quiet lanes</source>
   <translation>Leise Spuren vergrößert zeichnen</translation>
  </message>
  <message>
   <source>Mark the selection as a region</source>
   <translation>Auswahl als Region markieren</translation>
  </message>
  <message>
   <source>Mute the lane or track</source>
   <translation>Spur stummschalten</translation>
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
   <source>Playhead to the end</source>
   <translation>Abspielkopf ans Ende</translation>
  </message>
  <message>
   <source>Playhead to the next edge</source>
   <translation>Abspielkopf zur nächsten Kante</translation>
  </message>
  <message>
   <source>Playhead to the previous edge</source>
   <translation>Abspielkopf zur vorigen Kante</translation>
  </message>
  <message>
   <source>Playhead to the start</source>
   <translation>Abspielkopf an den Anfang</translation>
  </message>
  <message>
   <source>Remove the marker</source>
   <translation>Marker entfernen</translation>
  </message>
  <message>
   <source>Rename the marker</source>
   <translation>Marker umbenennen</translation>
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
   <source>Select the next clip</source>
   <translation>Den nächsten Clip auswählen</translation>
  </message>
  <message>
   <source>Select the next region of the sound</source>
   <translation>Den nächsten Bereich des Klangs auswählen</translation>
  </message>
  <message>
   <source>Select the previous clip</source>
   <translation>Den vorigen Clip auswählen</translation>
  </message>
  <message>
   <source>Select the previous region of the sound</source>
   <translation>Den vorigen Bereich des Klangs auswählen</translation>
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
   <source>Select to the previous edge</source>
   <translation>Bis zur vorigen Kante auswählen</translation>
  </message>
  <message>
   <source>Select to the start</source>
   <translation>Bis an den Anfang auswählen</translation>
  </message>
  <message>
   <source>Set a marker at the playhead</source>
   <translation>Marker am Abspielkopf setzen</translation>
  </message>
  <message>
   <source>Solo the lane or track</source>
   <translation>Spur solo hören</translation>
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
   <source>muted</source>
   <translation>stumm</translation>
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
  <message>
   <source>silent</source>
   <translation>stumm (Pegel null)</translation>
  </message>
 </context>
 <context>
  <name>TransportBar</name>
  <message>
   <source>Listen to a lane</source>
   <translation>Eine Lane anhören</translation>
  </message>
  <message>
   <source>Listening volume, dB</source>
   <translation>Abhörlautstärke, dB</translation>
  </message>
  <message>
   <source>Listening volume: 0 dB. Files are not changed.</source>
   <translation>Abhörlautstärke: 0 dB. Dateien ändern sich nicht.</translation>
  </message>
  <message>
   <source>Listening volume: {0} dB. Files are not changed.</source>
   <translation>Abhörlautstärke: {0} dB. Dateien ändern sich nicht.</translation>
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
   <source>Original</source>
   <translation>Original</translation>
  </message>
  <message>
   <source>Original on</source>
   <translation>Original an</translation>
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
   <source>Play all choices equally loud (LUFS, BS.1770)</source>
   <translation>Alles gleich laut hören (LUFS, BS.1770)</translation>
  </message>
  <message>
   <source>Play the selection, or from the playhead; stop</source>
   <translation>Die Auswahl abspielen, oder ab dem Abspielkopf; anhalten</translation>
  </message>
  <message>
   <source>Position; the end is at {0}</source>
   <translation>Position; das Ende liegt bei {0}</translation>
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
   <source>Stop, and go back to where playback began</source>
   <translation>Anhalten und zurück, wo das Abspielen begann</translation>
  </message>
  <message>
   <source>Transport</source>
   <translation>Transport</translation>
  </message>
  <message>
   <source>What you hear is {0} to match the others</source>
   <translation>Zu hören mit {0}, so laut wie die anderen</translation>
  </message>
  <message>
   <source>{0} LU</source>
   <translation>{0} LU</translation>
  </message>
 </context>
 <context>
  <name>UndoList</name>
  <message>
   <source>Before the first step</source>
   <translation>Vor dem ersten Schritt</translation>
  </message>
  <message>
   <source>Click a step, or ↑ ↓: go back or forward to it; nothing is lost</source>
   <translation>Klick auf einen Schritt oder ↑ ↓: zu ihm zurück oder vor; nichts geht verloren</translation>
  </message>
  <message>
   <source>History</source>
   <translation>Verlauf</translation>
  </message>
 </context>
 <context>
  <name>VideoActions</name>
  <message>
   <source>Show in its folder</source>
   <translation>Im Ordner zeigen</translation>
  </message>
  <message>
   <source>Sound stream</source>
   <translation>Tonspur</translation>
  </message>
  <message>
   <source>Written: {0}</source>
   <translation>Geschrieben: {0}</translation>
  </message>
 </context>
 <context>
  <name>VideoCopyDialog</name>
  <message>
   <source>&amp;Instead of the sound that was separated</source>
   <translation>&amp;Anstelle des Tons, der getrennt wurde</translation>
  </message>
  <message>
   <source>As &amp;new tracks, after the sound that is there</source>
   <translation>Als &amp;neue Tonspuren nach dem vorhandenen Ton</translation>
  </message>
  <message>
   <source>Choose the name of the copy</source>
   <translation>Namen der Kopie wählen</translation>
  </message>
  <message>
   <source>Choose…</source>
   <translation>Wählen…</translation>
  </message>
  <message>
   <source>N&amp;ame of the copy</source>
   <translation>N&amp;ame der Kopie</translation>
  </message>
  <message>
   <source>Name of the copy</source>
   <translation>Name der Kopie</translation>
  </message>
  <message>
   <source>Put back into the video</source>
   <translation>Zurück ins Video</translation>
  </message>
  <message>
   <source>Sounds for the copy</source>
   <translation>Töne für die Kopie</translation>
  </message>
  <message>
   <source>The copy cannot replace the video itself; choose another name.</source>
   <translation>Die Kopie kann das Video nicht ersetzen; einen anderen Namen wählen.</translation>
  </message>
  <message>
   <source>The name of the copy must end in {0}, like the video's.</source>
   <translation>Der Name der Kopie muss wie der des Videos auf {0} enden.</translation>
  </message>
  <message>
   <source>The picture is copied unchanged. The sound is compressed, as is usual in {0}.</source>
   <translation>Das Bild wird unverändert kopiert. Der Ton wird komprimiert, wie in {0} üblich.</translation>
  </message>
  <message>
   <source>The picture is copied unchanged. The sound is written without loss.</source>
   <translation>Das Bild wird unverändert kopiert. Der Ton wird verlustfrei geschrieben.</translation>
  </message>
  <message>
   <source>There is no folder {0}; choose another one.</source>
   <translation>Den Ordner {0} gibt es nicht; einen anderen wählen.</translation>
  </message>
  <message>
   <source>Tick what is put into the copy.</source>
   <translation>Ankreuzen, was in die Kopie soll.</translation>
  </message>
  <message>
   <source>Write the copy</source>
   <translation>Kopie schreiben</translation>
  </message>
  <message>
   <source>Writes a copy of {0} with:</source>
   <translation>Schreibt eine Kopie von {0} mit:</translation>
  </message>
  <message>
   <source>{0} will be replaced.</source>
   <translation>{0} wird ersetzt.</translation>
  </message>
 </context>
 <context>
  <name>WaysOut</name>
  <message>
   <source>Choose folder…</source>
   <translation>Ordner wählen…</translation>
  </message>
  <message>
   <source>Export stems…</source>
   <translation>Stems exportieren…</translation>
  </message>
  <message>
   <source>Find media…</source>
   <translation>Medien suchen…</translation>
  </message>
  <message>
   <source>Frame rate…</source>
   <translation>Bildrate…</translation>
  </message>
  <message>
   <source>MIDI…</source>
   <translation>MIDI…</translation>
  </message>
  <message>
   <source>Models…</source>
   <translation>Modelle…</translation>
  </message>
  <message>
   <source>Place elsewhere…</source>
   <translation>Anderswo einsetzen…</translation>
  </message>
  <message>
   <source>Render settings: Mode</source>
   <translation>Render-Einstellungen: Modus</translation>
  </message>
  <message>
   <source>Settings…</source>
   <translation>Einstellungen…</translation>
  </message>
  <message>
   <source>Sound stream…</source>
   <translation>Tonspur…</translation>
  </message>
  <message>
   <source>Type a sound</source>
   <translation>Klang eingeben</translation>
  </message>
 </context>
 <context>
  <name>WelcomePage</name>
  <message>
   <source>12 seconds of a courtyard, GPL-3.0: a dog, a speaker, a guitar
{0}</source>
   <translation>12 Sekunden aus einem Hof, GPL-3.0: ein Hund, ein Sprecher, eine Gitarre
{0}</translation>
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
   <source>&lt;b&gt;Separate&lt;/b&gt; with Ctrl+Enter; adjust it with the sliders; compare takes.</source>
   <translation>Mit Strg+Eingabe &lt;b&gt;trennen&lt;/b&gt;; mit den Reglern nachstellen; Takes vergleichen.</translation>
  </message>
  <message>
   <source>&lt;b&gt;Type&lt;/b&gt; the sound to separate: “a dog barking”. A draft plays in seconds.</source>
   <translation>Den Klang zum Trennen &lt;b&gt;eingeben&lt;/b&gt;: “a dog barking”. Ein Entwurf ist in Sekunden zu hören.</translation>
  </message>
  <message>
   <source>Back to the timeline</source>
   <translation>Zurück zur Zeitleiste</translation>
  </message>
  <message>
   <source>Continue where you were</source>
   <translation>Letzten Stand fortsetzen</translation>
  </message>
  <message>
   <source>Not in this installation; the source archive has it under examples/clips</source>
   <translation>In dieser Installation nicht enthalten; im Quellarchiv unter examples/clips</translation>
  </message>
  <message>
   <source>Nothing leaves this computer. Sessions are added to, never rewritten.</source>
   <translation>Nichts verlässt diesen Rechner. Sessions werden ergänzt, nie umgeschrieben.</translation>
  </message>
  <message>
   <source>Only installing a model downloads anything, and only on request; see docs/privacy.md</source>
   <translation>Nur das Installieren eines Modells lädt etwas herunter, und nur auf Wunsch; siehe docs/privacy.md</translation>
  </message>
  <message>
   <source>Open audio or a session…</source>
   <translation>Audio oder eine Session öffnen…</translation>
  </message>
  <message>
   <source>Open {0}</source>
   <translation>{0} öffnen</translation>
  </message>
  <message>
   <source>Opened last</source>
   <translation>Zuletzt geöffnet</translation>
  </message>
  <message>
   <source>Show the open document again (Esc)</source>
   <translation>Zeigt wieder das offene Dokument (Esc)</translation>
  </message>
  <message>
   <source>Try the example</source>
   <translation>Das Beispiel ausprobieren</translation>
  </message>
  <message>
   <source>Type a sound. Get it as a stem.</source>
   <translation>Einen Klang eingeben, ihn als Stem bekommen.</translation>
  </message>
  <message>
   <source>WAV, FLAC, AIFF, OGG, MP3; REAPER, Ardour, DAWproject, AAF, OTIO (Ctrl+O)</source>
   <translation>WAV, FLAC, AIFF, OGG, MP3; REAPER, Ardour, DAWproject, AAF, OTIO (Strg+O)</translation>
  </message>
 </context>
 <context>
  <name>WindowActions</name>
  <message>
   <source>&lt;b&gt;FlowSep {0}&lt;/b&gt;&lt;p&gt;Text-queried sound separation for timelines.&lt;br&gt;GPL-3.0-or-later. Models have their own licences: Help, Models…</source>
   <translation>&lt;b&gt;FlowSep {0}&lt;/b&gt;&lt;p&gt;Klangtrennung nach Textbeschreibung für die Timeline.&lt;br&gt;GPL-3.0-or-later. Modelle haben eigene Lizenzen: Hilfe, Modelle…</translation>
  </message>
  <message>
   <source>About FlowSep</source>
   <translation>Über FlowSep</translation>
  </message>
  <message>
   <source>Audio ({0})</source>
   <translation>Audio ({0})</translation>
  </message>
  <message>
   <source>Audio, videos and sessions ({0})</source>
   <translation>Audio, Videos und Sessions ({0})</translation>
  </message>
  <message>
   <source>Close</source>
   <translation>Schließen</translation>
  </message>
  <message>
   <source>Folder for stems</source>
   <translation>Ordner für Stems</translation>
  </message>
  <message>
   <source>Markers from this sound</source>
   <translation>Marker aus diesem Klang</translation>
  </message>
  <message>
   <source>Open</source>
   <translation>Öffnen</translation>
  </message>
  <message>
   <source>Remove {0}</source>
   <translation>{0} entfernen</translation>
  </message>
  <message>
   <source>Select the audio file to remove; a session is closed as a whole.</source>
   <translation>Die Audiodatei auswählen, die entfernt werden soll; eine Session wird als Ganzes geschlossen.</translation>
  </message>
  <message>
   <source>Sessions ({0})</source>
   <translation>Sessions ({0})</translation>
  </message>
  <message>
   <source>Stem folder</source>
   <translation>Ordner für Stems</translation>
  </message>
  <message>
   <source>The stems are still being written; try again in a moment.</source>
   <translation>Die Stems werden noch geschrieben; gleich noch einmal versuchen.</translation>
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
   <source>Videos and phone recordings ({0})</source>
   <translation>Videos und Handyaufnahmen ({0})</translation>
  </message>
 </context>
 <context>
  <name>WorkerLink</name>
  <message>
   <source>it ended; a new worker continues its jobs</source>
   <translation>beendet; ein neuer Worker setzt seine Aufträge fort</translation>
  </message>
  <message>
   <source>it starts by itself when there is work</source>
   <translation>startet von selbst, sobald es Arbeit gibt</translation>
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
   <source>&amp;Cache estimates up to</source>
   <translation>&amp;Schätzungen zwischenspeichern bis</translation>
  </message>
  <message>
   <source>&amp;Remove</source>
   <translation>&amp;Entfernen</translation>
  </message>
  <message>
   <source>&amp;Unload the model after</source>
   <translation>&amp;Modell entladen nach</translation>
  </message>
  <message>
   <source>0 uses all cores</source>
   <translation>0 nutzt alle Kerne</translation>
  </message>
  <message>
   <source>All cores</source>
   <translation>Alle Kerne</translation>
  </message>
  <message>
   <source>Allow jobs to read and write another folder</source>
   <translation>Aufträgen Lesen und Schreiben in einem weiteren Ordner erlauben</translation>
  </message>
  <message>
   <source>Cached estimates are rendered again at once</source>
   <translation>Zwischengespeicherte Schätzungen lassen sich sofort neu rendern</translation>
  </message>
  <message>
   <source>Folder for jobs</source>
   <translation>Ordner für Aufträge</translation>
  </message>
  <message>
   <source>In addition to your home, mounted disks and temporary files</source>
   <translation>Zusätzlich zu Benutzerordner, eingehängten Laufwerken und temporären Dateien</translation>
  </message>
  <message>
   <source>Minutes without work; 0 unloads it at once</source>
   <translation>Minuten ohne Arbeit; 0 entlädt es sofort</translation>
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
   <source>Remove the selected folder from the list</source>
   <translation>Den ausgewählten Ordner aus der Liste entfernen</translation>
  </message>
  <message>
   <source>Size of the estimate cache, MB</source>
   <translation>Größe des Zwischenspeichers für Schätzungen, MB</translation>
  </message>
  <message>
   <source>T&amp;hreads</source>
   <translation>&amp;Threads</translation>
  </message>
  <message>
   <source>These settings apply from the worker's next start.</source>
   <translation>Diese Einstellungen gelten ab dem nächsten Start des Workers.</translation>
  </message>
  <message>
   <source>Threads on the CPU</source>
   <translation>Threads auf der CPU</translation>
  </message>
  <message>
   <source>Unload the model after, minutes</source>
   <translation>Modell entladen nach, Minuten</translation>
  </message>
  <message>
   <source>Worker's folder</source>
   <translation>Ordner des Workers</translation>
  </message>
 </context>
 <context>
  <name>WorkspaceAutosave</name>
  <message>
   <source>The workspace could not be saved: {0}</source>
   <translation>Der Arbeitsstand ließ sich nicht sichern: {0}</translation>
  </message>
 </context>
 <context>
  <name>_QueryLabel</name>
  <message>
   <source>{0}
Click: show and edit its settings. Ctrl+click: edit several together.</source>
   <translation>{0}
Klick: seine Einstellungen zeigen und ändern. Strg+Klick: mehrere zusammen ändern.</translation>
  </message>
 </context>
</TS>
