#!/usr/bin/env python3
"""Measures Lorikeet's server beside llama.cpp's: both are up at once, the same requests go to one and the other in turns over HTTP, and each row
of the table is the median over the rounds of the ratio within a round. `--help` tells the options; models come from models.py."""
import argparse
import collections
import http.client
import json
import os
import pathlib
import random
import re
import signal
import statistics
import subprocess
import threading
import time
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[3]
PEER_FILES = {"stored": "f16.gguf", "q8": "q8_0.gguf", "q4": "q4_0.gguf"}
PROMPT, NEW, STREAMS = 64, 48, 8


def prompt(seed, length):
    drawn = random.Random(seed)
    return [1] + [drawn.randrange(300, 30000) for _ in range(length - 1)]


class Server:
    """A started server: what answers are asked from, as (seconds to the first token, seconds in all)."""

    def __init__(self, name, command, environment, log):
        self.name, self.log = name, log
        self.process = subprocess.Popen(command, stdout=open(log, "w"), stderr=subprocess.STDOUT, env={**os.environ, **environment}, start_new_session=True)

    def logged(self, pattern, seconds=300):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            found = re.search(pattern, pathlib.Path(self.log).read_text(errors="replace"))
            if found:
                return found
            if self.process.poll() is not None:
                break
            time.sleep(0.2)
        raise SystemExit(f"{self.name} did not start: see {self.log}")

    def stop(self):
        os.killpg(self.process.pid, signal.SIGTERM)
        self.process.wait(60)

    def ask(self, seed, length, new, adapter=None):
        path, body = self.request(prompt(seed, length), new, adapter)
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=300)
        start = time.perf_counter()
        connection.request("POST", path, json.dumps(body), {"Content-Type": "application/json"})
        response = connection.getresponse()
        if response.status != 200:
            raise SystemExit(f"{self.name} answered {response.status}: {response.read()[:400]}")
        first = None
        count = 0
        for line in response:
            if not line.startswith(b"data: {"):
                continue
            if first is None:
                first = time.perf_counter() - start
            count = self.tokens(json.loads(line[6:]), count)
        whole = time.perf_counter() - start
        connection.close()
        if count != new:
            raise SystemExit(f"{self.name} answered {count} tokens, not {new}")
        return first, whole


class Peer(Server):
    """It is given as many slots as there are streams, and adapters only where they are asked for: both cost it time."""

    def __init__(self, binaries, models, weights, setup, threads, log):
        adapters = [a for n in range(STREAMS if setup.adapters else 0) for a in ("--lora-scaled", str(models / f"lora{n}.gguf"), "0")]
        loaded = [*adapters, "--lora-init-without-apply"] if adapters else []
        self.port = 18100
        super().__init__("llama-server", [
            str(binaries / "llama-server"), "-m", str(models / PEER_FILES[weights]), *loaded, "-t", str(threads),
            "-np", str(setup.slots), "-c", str(setup.slots * 1024), "--port", str(self.port), "--host", "127.0.0.1"], {"LD_LIBRARY_PATH": str(binaries)}, log)
        self.logged("starting the main loop")

    def request(self, ids, new, adapter):
        chosen = [] if adapter is None else [{"id": adapter, "scale": 1.0}]
        return "/completion", {"prompt": ids, "n_predict": new, "temperature": 0, "ignore_eos": True, "cache_prompt": False, "stream": True, "lora": chosen}

    def tokens(self, event, count):
        return event["tokens_predicted"] if event.get("stop") else count + 1


class Ours(Server):
    def __init__(self, models, weights, options, threads, log):
        settings = pathlib.Path(log).with_suffix(".conf")
        settings.write_text("".join(f"lorikeet.{o}\n" for o in [f"engine.weights = {weights}", *options]))
        super().__init__("lorikeet", [
            str(ROOT / "lorikeet"), "serve", "--model", str(models / "hf"), "--adapters", str(models / "adapters"), "--port", "0",
            "--threads", str(threads), "--config", str(settings)], {}, log)
        ready = self.logged(r"ready url=(http://127\.0\.0\.1:(\d+))[^\n]*")
        self.port = int(ready[2])
        with urllib.request.urlopen(ready[1] + "/info") as info:
            self.executor = json.load(info)["executor"]

    def request(self, ids, new, adapter):
        model = "hf" if adapter is None else f"lora{adapter}"
        return "/v1/completions", {"model": model, "prompt": ids, "max_tokens": new, "temperature": 0, "ignore_eos": True, "stream": True,
                                   "stream_options": {"include_usage": True}}

    def tokens(self, event, count):
        usage = event.get("usage")
        return usage["completion_tokens"] if usage else count


def decode(server, seed, adapter=None):
    first, whole = server.ask(seed, PROMPT, NEW, adapter)
    return (NEW - 1) / (whole - first)


def prefill(server, seed, length):
    return length / server.ask(seed, length, 1)[0]


def streams(server, seed, adapters):
    start = time.perf_counter()
    failures = []

    def one(n, adapter):
        try:
            server.ask(seed + n, PROMPT, NEW, adapter)
        except BaseException as failure:
            failures.append(failure)

    threads = [threading.Thread(target=one, args=pair) for pair in enumerate(adapters)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]
    return len(adapters) * NEW / (time.perf_counter() - start)


Setup = collections.namedtuple("Setup", ["slots", "adapters"])
ROWS = {
    Setup(1, False): {
        "1 stream, decode": lambda server, seed: decode(server, seed),
        "prefill of 128": lambda server, seed: prefill(server, seed, 128),
        "prefill of 512": lambda server, seed: prefill(server, seed, 512),
    },
    Setup(1, True): {
        "1 stream, rank-16 adapter, decode": lambda server, seed: decode(server, seed, 0),
    },
    Setup(STREAMS, True): {
        "8 streams, base": lambda server, seed: streams(server, seed, [None] * STREAMS),
        "8 streams, one adapter": lambda server, seed: streams(server, seed, [0] * STREAMS),
        "8 streams, 8 adapters": lambda server, seed: streams(server, seed, range(STREAMS)),
    },
}


def median_and_range(numbers):
    return f"{statistics.median(numbers):.1f} ({min(numbers):.1f}-{max(numbers):.1f})"


def measure(options, weights):
    logs = pathlib.Path(options.logs)
    ours = Ours(options.models, weights, options.set, options.threads, logs / f"lorikeet-{weights}.log")
    try:
        print(f"\n### {weights} against {PEER_FILES[weights]}\n\n`{json.dumps(ours.executor)}`\n", flush=True)
        print("| work | llama.cpp, tokens/s | Lorikeet, tokens/s | ratio |\n|---|---|---|---|", flush=True)
        for setup, all_rows in ROWS.items():
            rows = {name: row for name, row in all_rows.items() if re.search(options.rows, name)}
            if not rows:
                continue
            peer = Peer(pathlib.Path(options.llama), options.models, weights, setup, options.threads, logs / f"llama-{weights}.log")
            try:
                compare(rows, peer, ours, options.rounds)
            finally:
                peer.stop()
    finally:
        ours.stop()


def compare(rows, peer, ours, rounds):
    for row in rows.values():  # warm-up of both, thrown away
        for server in (ours, ours, peer):
            row(server, 1)
    for name, row in rows.items():
        theirs, mine = [], []
        for n in range(rounds):
            order = [(peer, theirs), (ours, mine)]
            for server, results in order if n % 2 == 0 else reversed(order):
                results.append(row(server, 1000 * n + 7))
        ratio = statistics.median(m / t for m, t in zip(mine, theirs))
        print(f"| {name} | {median_and_range(theirs)} | {median_and_range(mine)} | **{ratio:.2f}** |", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--llama", required=True, help="folder of llama.cpp's built programs (llama-server)")
    parser.add_argument("--models", required=True, type=pathlib.Path, help="folder that models.py wrote, with q8_0.gguf and q4_0.gguf made by llama-quantize")
    parser.add_argument("--weights", default="stored,q8,q4", help="which of stored, q8, q4")
    parser.add_argument("--rows", default="", help="only rows of the table that match this pattern")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--set", action="append", default=[], help="a setting of ours, as engine.kernels=vector; repeatable")
    parser.add_argument("--logs", default="/tmp", help="folder for the two servers' output")
    options = parser.parse_args()
    for weights in options.weights.split(","):
        measure(options, weights)


main()
