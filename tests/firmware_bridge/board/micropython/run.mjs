// Runs the board's firmware on MicroPython: node run.mjs MICROPYTHON.mjs FIRMWARE_FOLDER BENCH.upy
// Then one line of Python at a time from standard input; what each returns goes to standard output, one line each.

import fs from "node:fs";
import path from "node:path";
import readline from "node:readline";
import { pathToFileURL } from "node:url";

const [runtime, firmware, bench] = process.argv.slice(2);
const { loadMicroPython } = await import(pathToFileURL(runtime));
// An RP2040 has 264 kB of memory; on 64 bits objects take twice what they take there.
const board = await loadMicroPython({ heapsize: 400 * 1024, stdout: (text) => console.log(text), linebuffer: true });

const home = "/lib/firmware_bridge/firmware";
board.FS.mkdirTree(home);
board.FS.writeFile("/lib/firmware_bridge/__init__.py", "");
for (const name of fs.readdirSync(firmware).filter((name) => name.endsWith(".py"))) {
    board.FS.writeFile(`${home}/${name}`, fs.readFileSync(path.join(firmware, name)));
}

function run(code) {
    try {
        board.runPython(code);
    } catch (error) {
        console.error(error.message); // the Python traceback alone: Node would print the whole runtime
        process.exit(1);
    }
}

run(fs.readFileSync(bench, "utf8"));
console.log("ready");
for await (const line of readline.createInterface({ input: process.stdin })) {
    run(line);
}
