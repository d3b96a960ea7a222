// The same five-node process in bpmn-engine, parsed once, its services answering at once: instances per second of processor time.
//   node peer.mjs FOLDER-OF-NODE_MODULES FIVE.bpmn
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

const [, , folder, file] = process.argv;
const need = createRequire(folder + '/x.js');
const { Engine } = need('bpmn-engine');
const moddle = await import(pathToFileURL(need.resolve('bpmn-moddle')).href);
const Moddle = moddle.BpmnModdle ?? moddle.default?.BpmnModdle ?? moddle.default;
const source = readFileSync(file, 'utf8')
    .replace('${amount &gt; 1000}', '${environment.variables.large}')
    .replaceAll('<serviceTask ', '<serviceTask implementation="${environment.services.work}" ');
const moddleContext = await new Moddle().fromXML(source);
const services = { work(scope, done) { tasks++; done(); } };
const cpu = () => { const u = process.cpuUsage(); return (u.user + u.system) / 1e6; };
let n = 0, tasks = 0;

async function one() {
    const engine = new Engine({ name: 'five', moddleContext, services, variables: { large: n % 2 === 1 } });
    await new Promise((ok, bad) => { engine.once('end', ok); engine.once('error', bad); engine.execute(); });
    n++;
}
while (n < 20) await one();
n = tasks = 0;
const from = cpu();
while (cpu() - from < 5) await one();
if (tasks !== n) throw new Error(`${tasks} tasks in ${n} instances`);
console.log('bpmn_engine_per_s', (n / (cpu() - from)).toFixed(1));
