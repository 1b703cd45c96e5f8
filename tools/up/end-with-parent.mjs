// Loaded into the service by `npm run up`, before the service itself. Where `up` is killed and can stop nothing any more,
// the channel between the two closes, and the service ends as by Ctrl-C.
const end = () => process.kill(process.pid, 'SIGINT');
if (process.connected) process.once('disconnect', end);
else end();

// What the service itself forks is told the same arguments (node-llama-cpp forks): this one is for the service alone.
const at = process.execArgv.indexOf(import.meta.url);
if (at > 0) process.execArgv.splice(at - 1, 2);
