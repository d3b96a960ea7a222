/** Full-width digits, letters and signs as half-width; ideographic and non-breaking spaces as spaces. */
export function half(text: string): string {
    return text.replace(/[\uff01-\uff5e]/g, c => String.fromCharCode(c.charCodeAt(0) - 0xfee0)).replace(/[\u3000\u00a0]/g, ' ')
}

/** Two texts as what they share at the ends and what differs between. */
export function differ(before: string, after: string): { head: string; was: string; now: string; tail: string } {
    const a = [...before], b = [...after]
    let head = 0, tail = 0
    while (head < a.length && head < b.length && a[head] === b[head]) head++
    while (tail < a.length - head && tail < b.length - head && a[a.length - 1 - tail] === b[b.length - 1 - tail]) tail++
    return {
        head: a.slice(0, head).join(''),
        was: a.slice(head, a.length - tail).join(''),
        now: b.slice(head, b.length - tail).join(''),
        tail: a.slice(a.length - tail).join(''),
    }
}

export const thousands = (n: number | string) => {
    const [whole, part] = String(n).split('.')
    const grouped = whole.replace(/\B(?=(\d{3})+(?!\d))/g, ',')
    return part === undefined ? grouped : `${grouped}.${part}`
}

/** Yuan in words as receipts write them (壹仟贰佰元整). Takes the exact text "1200.50". */
export function capital(amount: string): string {
    const parts = amount.match(/^(-?)(\d{1,12})(?:\.(\d{1,2}))?$/)
    if (!parts) return ''
    const digits = '零壹贰叁肆伍陆柒捌玖', places = ['', '拾', '佰', '仟'], groups = ['', '万', '亿']
    const whole = parts[2].replace(/^0+(?=\d)/, ''), part = (parts[3] ?? '').padEnd(2, '0')
    let words = ''
    for (let g = Math.ceil(whole.length / 4) - 1; g >= 0; g--) {
        const four = whole.slice(Math.max(0, whole.length - 4 * g - 4), whole.length - 4 * g)
        let said = ''
        for (let i = 0; i < four.length; i++) {
            const n = Number(four[i])
            if (n) said += digits[n] + places[four.length - 1 - i]
            else if (!said.endsWith('零') && (said || words)) said += '零'
        }
        said = said.replace(/零+$/, '')
        if (said) words += (words.endsWith('零') && said.startsWith('零') ? said.slice(1) : said) + groups[g]
        if (/0$/.test(four) && words && !words.endsWith('零') && g > 0) words += '零'
    }
    words = words.replace(/零+$/, '')
    const jiao = Number(part[0]), fen = Number(part[1])
    let text = words ? `${words}元` : ''
    if (jiao) text += `${digits[jiao]}角`
    else if (fen && words) text += '零'
    if (fen) text += `${digits[fen]}分`
    if (!text) return '零元整'
    return (parts[1] ? '负' : '') + text + (fen ? '' : '整')
}

/** A fingerprint as a person copies it down: groups of four. */
export const hashGroups = (hash: string) => hash.match(/.{1,4}/g)?.join(' ') ?? ''

/** A text as a condition in FEEL writes it. */
export const quote = (text: string) => `"${text.replace(/\\/g, '\\\\').replace(/"/g, '\\"')}"`
