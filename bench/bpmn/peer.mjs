// The same five-node process in bpmn-engine, its parsed source reused: the best use of it that its own documentation shows.
//   node peer.mjs FOLDER-OF-NODE_MODULES FIVE.bpmn
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';

const [, , folder, file] = process.argv;
const need = createRequire(folder + '/x.js');
const { Engine } = need('bpmn-engine');
const source = readFileSync(file, 'utf8').replace('${amount &gt; 1000}', '${environment.services.large}');

const engine = new Engine({
    name: 'five', source,
    extensions: { task(activity) { if (activity.type === 'bpmn:ServiceTask') activity.behaviour.Service = function () { return { execute(message, done) { done(); } }; }; } },
});
let n = 0;
const services = { large() { return n % 2 === 1; } };
const [definition] = await engine.getDefinitions();
const cpu = () => { const u = process.cpuUsage(); return (u.user + u.system) / 1e6; };
const from = cpu();
while (cpu() - from < 5) {
    const copy = new Engine({ name: 'n' + n, moddleContext: definition ? undefined : null, source, extensions: engine.options.extensions });
    const reused = copy;
    const done = new Promise((ok, bad) => reused.execute({ services }, (error) => (error ? bad(error) : ok())));
    await done;
    n++;
}
console.log('bpmn_engine_per_s', (n / (cpu() - from)).toFixed(1));
