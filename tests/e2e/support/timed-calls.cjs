'use strict';

/**
 * Makes HTTP calls and says how long each took. A process of its own: a test's process that fills queues, collects garbage
 * and takes its turn behind other tests would measure itself.
 *
 * On stdin: `{ calls: [{ url, method, headers, body }], meanGapMs, nothing: { url, times } }`. Calls are made on their own
 * time, like those of senders that know nothing of each other: the gaps are those of a Poisson process, so some come
 * together, and none waits for the answer to another one. Meanwhile and as often, `nothing.url` is read so many times.
 * On stdout: `{ answers: [{ ms, status, body }], nothing: [ms] }`.
 */
const http = require('node:http');
const { text } = require('node:stream/consumers');
const { setTimeout: delay } = require('node:timers/promises');

const agent = new http.Agent({ keepAlive: true });

async function call({ url, method, headers, body }) {
  const response = await new Promise((resolve, reject) => {
    http.request(url, { method, headers, agent }, resolve).once('error', reject).end(body);
  });
  return { status: response.statusCode, body: await text(response) };
}

async function timed(work) {
  const startedAt = performance.now();
  const result = await work();
  return { ...result, ms: performance.now() - startedAt };
}

async function onTheirOwnTime(works, meanGapMs) {
  const results = [];
  let due = performance.now();
  for (const work of works) {
    due -= Math.log(1 - Math.random()) * meanGapMs;
    await delay(Math.max(0, due - performance.now()));
    results.push(timed(work));
  }
  return Promise.all(results);
}

async function main() {
  const { calls, meanGapMs, nothing } = JSON.parse(await text(process.stdin));
  const doNothing = async () => {
    for (let i = 0; i < nothing.times; i += 1) await call({ url: nothing.url, method: 'GET' });
  };
  const [answers, idle] = await Promise.all([
    onTheirOwnTime(
      calls.map((one) => () => call(one)),
      meanGapMs,
    ),
    onTheirOwnTime(
      calls.map(() => doNothing),
      meanGapMs,
    ),
  ]);
  agent.destroy();
  process.stdout.write(JSON.stringify({ answers, nothing: idle.map(({ ms }) => ms) }));
}

void main();
