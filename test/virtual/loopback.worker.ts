// Runs as a thread of a test: plays 1, 2, 3, ... to a shared loopback, all of it queued before the start.
import { parentPort, workerData } from "node:worker_threads";
import { VirtualHost } from "../../src/hosts/virtual/host.js";
import { request, type Wanted, writeCount } from "./rig.js";

const wanted: Wanted = workerData;
const stream = new VirtualHost().open(request(wanted));
writeCount(stream, 1, stream.writeAvailable());
stream.start();
parentPort?.postMessage("started");
