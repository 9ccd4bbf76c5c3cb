// Measures the newest llama.cpp that npm has prebuilt: prefill of 128 tokens and decode of 32 of one stream, median of the rounds.
// npm install node-llama-cpp, then: node newest.mjs THREADS ROUNDS MODEL.gguf...
import { getLlama } from "node-llama-cpp";

const [threads, rounds, ...models] = [Number(process.argv[2]), Number(process.argv[3]), ...process.argv.slice(4)];
const median = (numbers) => numbers.sort((a, b) => a - b)[numbers.length >> 1];
const llama = await getLlama({ gpu: false, build: "never", maxThreads: threads });
console.log(JSON.stringify({ llamaCpp: llama.llamaCppRelease, threads, rounds }));
for (const modelPath of models) {
  const model = await llama.loadModel({ modelPath });
  const context = await model.createContext({ contextSize: 1024, batchSize: 512, threads: { ideal: threads, min: threads } });
  const sequence = context.getSequence();
  const prefill = [];
  const decode = [];
  for (let round = -1; round < rounds; round++) {
    await sequence.clearHistory();
    const prompt = Array.from({ length: 128 }, (_, i) => (i === 0 ? 1 : 300 + ((i * 7919 + round * 104729 + 104729) % 29700)));
    const start = performance.now();
    let first = 0;
    let count = 0;
    for await (const _ of sequence.evaluate(prompt, { temperature: 0, yieldEogToken: true })) {
      first ||= performance.now();
      if (++count === 33) break;
    }
    if (round >= 0) {
      prefill.push((128 * 1000) / (first - start));
      decode.push((32 * 1000) / (performance.now() - first));
    }
  }
  console.log(`${modelPath.split("/").at(-1)}: prefill ${median(prefill).toFixed(1)}, decode ${median(decode).toFixed(1)} tokens/s`);
  await context.dispose();
  await model.dispose();
}
process.exit(0);
