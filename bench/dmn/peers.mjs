// The same rows and the same table in what people would use otherwise. Prints lines "name value".
//   node peers.mjs FOLDER-OF-NODE_MODULES CSV DMN
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

const [, , folder, csv, dmn] = process.argv;
const need = createRequire(pathToFileURL(folder + '/x.js'));
const load = async (name) => import(pathToFileURL(need.resolve(name)).href);

const xml = readFileSync(dmn, 'utf8');
const plain = (text) => text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');
const columns = ['local', 'category', 'age', 'disabled', 'income', 'grade'];
const rules = [...xml.matchAll(/<rule [^]*?<\/rule>/g)].map(([rule]) => ({
    cells: [...rule.matchAll(/<inputEntry[^]*?<text>([^]*?)<\/text>/g)].map((m) => plain(m[1])),
    outputs: [...rule.matchAll(/<outputEntry[^]*?<text>([^]*?)<\/text>/g)].map((m) => plain(m[1])),
}));
const rows = readFileSync(csv, 'utf8').split('\n').slice(1, 200001).filter(Boolean).map((line) => {
    const [local, category, age, disabled, income, grade] = line.split(',');
    return { local: local === 'true', category, age: +age, disabled: disabled === 'true', income: +income, grade };
});
const tell = (name, value) => console.log(name, typeof value === 'number' ? Math.round(value) : value);

/* rows per second of one function over as many rows as two seconds allow, and the sum of the amounts it gives */
function perRow(name, amount) {
    let n = 0, total = 0;
    const start = process.hrtime.bigint();
    let took = 0;
    while (n < rows.length && took < 2e9) {
        total += amount(rows[n++]);
        if (n % 16 === 0) took = Number(process.hrtime.bigint() - start);
    }
    took = Number(process.hrtime.bigint() - start);
    tell(name + '_rows_per_s', n / (took / 1e9));
    return [n, total];
}

function sqlCell(column, cell) {
    if (cell === '-') return null;
    const range = cell.match(/^\[(.*)\.\.(.*)\]$/);
    if (range) return `${column} BETWEEN ${range[1]} AND ${range[2]}`;
    if (/^[<>]/.test(cell)) return `${column} ${cell}`;
    if (cell.includes('"')) return `${column} IN (${cell.replaceAll('"', "'")})`;
    return `${column} = ${cell}`;
}
const sqlCase = 'CASE ' + rules.map((r, i) => {
    const tests = r.cells.map((cell, c) => sqlCell(columns[c], cell)).filter(Boolean);
    return `WHEN ${tests.join(' AND ') || 'true'} THEN ${i}`;
}).join(' ') + ' END';

async function duckdb() {
    const { DuckDBInstance } = await load('@duckdb/node-api');
    const db = await (await DuckDBInstance.create(':memory:')).connect();
    await db.run('SET threads = 1');
    await db.run(`CREATE TABLE people AS SELECT local::BOOLEAN AS local, category::ENUM('destitute','low','edge','none') AS category, age::INTEGER AS age,
        disabled::BOOLEAN AS disabled, income::DECIMAL(9,2) AS income, grade::ENUM('A','B','C','D') AS grade FROM read_csv('${csv}', header = true)`);
    const total = Number((await db.runAndReadAll('SELECT count(*) FROM people')).getRows()[0][0]);
    const amounts = 'CASE rule ' + rules.map((r, i) => `WHEN ${i} THEN ${r.outputs[0]}`).join(' ') + ' END';
    let best = Infinity, made = Infinity;
    for (let i = 0; i < 7; i++) {
        let start = process.hrtime.bigint();
        await db.runAndReadAll(`SELECT count(rule), sum(rule) FROM (SELECT ${sqlCase} AS rule FROM people)`);
        best = Math.min(best, Number(process.hrtime.bigint() - start));
        start = process.hrtime.bigint();
        await db.run(`CREATE OR REPLACE TABLE result AS SELECT ${sqlCase} AS rule FROM people`);
        made = Math.min(made, Number(process.hrtime.bigint() - start));
    }
    const sum = (await db.runAndReadAll(`SELECT sum(${amounts}) FROM result`)).getRows()[0][0];
    tell('duckdb_rows_per_s', total / (best / 1e9));
    tell('duckdb_kept_rows_per_s', total / (made / 1e9));
    tell('duckdb_total', String(sum));
}

async function feelin() {
    const { unaryTest, evaluate } = await load('feelin');
    const value = (r) => (r && typeof r === 'object' && 'value' in r ? r.value : r);
    perRow('feelin_cells', (row) => {
        for (const r of rules)
            if (r.cells.every((cell, c) => cell === '-' || value(unaryTest(cell, { '?': row[columns[c]], ...row })) === true))
                return +r.outputs[0];
        return 0;
    });
    const chain = rules.map((r) => {
        const tests = r.cells.map((cell, c) => (cell === '-' ? null : `(${columns[c]} in (${cell}))`)).filter(Boolean);
        return `if ${tests.join(' and ')} then ${r.outputs[0]} else `;
    }).join('') + 'null';
    perRow('feelin_chain', (row) => value(evaluate(chain, row)) ?? 0);
}

async function dmnEvalJs() {
    const { decisionTable } = need('@hbtgmbh/dmn-eval-js');
    const decisions = await decisionTable.parseDmnXml(xml);
    perRow('dmn_eval_js', (row) => decisionTable.evaluateDecision('decision', decisions, row).amount);
}

await duckdb();
await feelin();
await dmnEvalJs();
