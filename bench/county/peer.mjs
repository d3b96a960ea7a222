// DuckDB, asked the same: node peer.mjs MODULES FOLDER. FOLDER/tables.sql fills it, FOLDER/queries.sql has a query a line.
// Prints the answers, a line each, then "cold MS" and "warm MS".
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'

const [modules, folder] = process.argv.slice(2)
const { DuckDBInstance } = createRequire(`${modules}/`)('@duckdb/node-api')
const instance = await DuckDBInstance.create(':memory:')
const connection = await instance.connect()
for (const statement of readFileSync(`${folder}/tables.sql`, 'utf8').split(';\n'))
  if (statement.trim()) await connection.run(statement)
const queries = readFileSync(`${folder}/queries.sql`, 'utf8').split('\n').filter(Boolean)
for (const round of ['cold', 'warm']) {
  const begin = performance.now()
  for (const q of queries) {
    const rows = (await connection.runAndReadAll(q.replace(/;$/, ''))).getRows()
    if (round === 'cold') console.log(rows.map(r => r.map(v => v ?? '').join('|')).join('\n'))
  }
  console.log(`${round} ${performance.now() - begin}`)
}
