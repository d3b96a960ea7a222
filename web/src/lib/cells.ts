// Blocks of cells as WPS and Excel put them on the clipboard: tab-separated, a cell with tab, line break or quote in quotes.

export function cellsParse(text: string): string[][] {
    const rows: string[][] = []
    let row: string[] = [], cell = '', quoted = false
    for (let i = 0; i < text.length; i++) {
        const c = text[i]
        if (quoted) {
            if (c !== '"') cell += c
            else if (text[i + 1] === '"') { cell += '"'; i++ }
            else quoted = false
        } else if (c === '"' && cell === '') {
            quoted = true
        } else if (c === '\t') {
            row.push(cell)
            cell = ''
        } else if (c === '\n' || c === '\r') {
            if (c === '\r' && text[i + 1] === '\n') i++
            rows.push([...row, cell])
            row = []
            cell = ''
        } else {
            cell += c
        }
    }
    if (cell !== '' || row.length) rows.push([...row, cell])
    return rows
}

export function cellsText(rows: string[][]): string {
    return rows.map(row => row.map(cell => (/[\t\n\r"]/.test(cell) ? `"${cell.replace(/"/g, '""')}"` : cell)).join('\t')).join('\r\n')
}

export interface Spot { row: number; column: number }
export interface Block { top: number; left: number; bottom: number; right: number }

export function blockOf(a: Spot, b: Spot): Block {
    return {
        top: Math.min(a.row, b.row), bottom: Math.max(a.row, b.row),
        left: Math.min(a.column, b.column), right: Math.max(a.column, b.column),
    }
}

/** What pasting puts where: one cell fills the whole selection, a block is laid out from its corner. */
export function pasteInto(block: Block, cells: string[][], rows: number, columns: number): { row: number; column: number; text: string }[] {
    const one = cells.length === 1 && cells[0].length === 1
    const height = one ? block.bottom - block.top + 1 : cells.length
    const width = one ? block.right - block.left + 1 : Math.max(0, ...cells.map(r => r.length))
    const put = []
    for (let r = 0; r < height && block.top + r < rows; r++)
        for (let c = 0; c < width && block.left + c < columns; c++) {
            const text = one ? cells[0][0] : cells[r][c]
            if (text !== undefined) put.push({ row: block.top + r, column: block.left + c, text })
        }
    return put
}
