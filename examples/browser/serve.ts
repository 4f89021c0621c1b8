// Run: npm run example:browser [-- port]
import { startServer } from "./server.ts";

const { url } = await startServer(Number(process.argv[2] ?? 0));
console.log(`Open ${url} to watch a network learn. Ctrl-C stops the server.`);
