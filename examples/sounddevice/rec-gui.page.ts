// The window of rec-gui.ts: it asks for the state ten times a second, and its buttons say what to do.
export const PAGE = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Recorder</title>
<style>
  :root { color-scheme: light dark; font: 16px system-ui, sans-serif; }
  body { max-width: 34rem; margin: 2rem auto; padding: 0 1rem; }
  h1 { font-size: 1.25rem; }
  label { display: block; margin: 1rem 0 .25rem; }
  select, meter { width: 100%; box-sizing: border-box; padding: .25rem; }
  meter { height: 1.5rem; padding: 0; }
  button { font: inherit; padding: .5rem 1.5rem; margin: 1rem .5rem 1rem 0; }
  dl { display: grid; grid-template-columns: max-content 1fr; gap: .25rem 1rem; }
  dd { margin: 0; overflow-wrap: anywhere; font-variant-numeric: tabular-nums; }
  #fault { color: #c22; }
</style>
<h1>Recorder</h1>
<label for="device">Device</label>
<select id="device"></select>
<label for="level">Level</label>
<meter id="level" min="-60" max="0" low="-12" high="-3" optimum="-60" value="-60"></meter>
<div><button id="record">Record</button><button id="stop" disabled>Stop</button></div>
<dl>
  <dt>Peak</dt><dd id="peak"></dd>
  <dt>Recorded</dt><dd id="seconds"></dd>
  <dt>Lost frames</dt><dd id="lost"></dd>
  <dt>File</dt><dd id="file"></dd>
</dl>
<p id="fault" role="alert"></p>
<script type="module">
  const at = (id) => document.getElementById(id);
  const post = (path) => fetch(path, { method: "POST" });
  at("record").onclick = () => post("/record");
  at("stop").onclick = () => post("/stop");
  at("device").onchange = (event) => post("/device?id=" + encodeURIComponent(event.target.value));
  const list = await fetch("/devices").then((response) => (response.ok ? response.json() : []));
  const show = (device) => at("device").add(new Option(device.name, device.id));
  list.forEach(show);
  for (;;) {
    const state = await fetch("/state").then((response) => response.json());
    if (![...at("device").options].some((option) => option.value === state.device)) {
      show({ id: state.device, name: state.device }); // a virtual one, which no list has
    }
    if (document.activeElement !== at("device")) at("device").value = state.device;
    const decibels = state.peak > 0 ? 20 * Math.log10(state.peak) : -Infinity;
    at("level").value = Math.max(-60, decibels);
    at("peak").textContent = state.peak > 0 ? decibels.toFixed(1) + " dBFS" : "silence";
    at("seconds").textContent = state.seconds.toFixed(1) + " s";
    at("lost").textContent = state.lostFrames;
    at("file").textContent = state.file;
    at("fault").textContent = state.fault;
    at("record").disabled = state.recording;
    at("stop").disabled = !state.recording;
    at("device").disabled = state.recording;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
</script>
</html>
`;
