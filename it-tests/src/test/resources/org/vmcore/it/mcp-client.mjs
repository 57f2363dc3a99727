// Starts a server over standard streams, has it list its tools, calls those that standard input names
// (JSON: [{"name": ..., "arguments": {...}}, ...]), and prints what came back as JSON.
//
// node mcp-client.mjs SDK COMMAND ARGUMENT...
import { readFileSync } from 'node:fs';

const [sdk, command, ...args] = process.argv.slice(2);
const { Client } = await import(`${sdk}/dist/esm/client/index.js`);
const { StdioClientTransport } = await import(`${sdk}/dist/esm/client/stdio.js`);

const client = new Client({ name: 'test', version: '1' });
await client.connect(new StdioClientTransport({ command, args, env: process.env, stderr: 'inherit' }));
const { tools } = await client.listTools();
const results = [];
for (const call of JSON.parse(readFileSync(0, 'utf8'))) {
  results.push(await client.callTool(call));
}
console.log(JSON.stringify({ instructions: client.getInstructions(), tools, results }));
await client.close();
