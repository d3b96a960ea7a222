// Days as clerks type them (1123, 11.23, 2026年11月23日, 今, +3), as the API keeps them (2026-11-23).
import { half } from './text'
import { language, t } from '../words'

const two = (n: number) => String(n).padStart(2, '0')
/** The town's clock, set by the server when somebody signs in: how late a paper is must not depend on the battery in a desk's machine. */
let ahead = 0
export const clockSet = (now: string) => { ahead = Date.parse(now) - Date.now() }
export const clock = () => Date.now() + ahead
export const clockText = () => momentText(new Date(clock()).toISOString())

export const dayText = (y: number, m: number, d: number) => `${String(y).padStart(4, '0')}-${two(m)}-${two(d)}`

export function dayValid(y: number, m: number, d: number): boolean {
    return y >= 1800 && y <= 2200 && m >= 1 && m <= 12 && d >= 1 && d <= new Date(y, m, 0).getDate()
}

export function dayAdd(day: string, days: number): string {
    const [y, m, d] = day.split('-').map(Number)
    const at = new Date(Date.UTC(y, m - 1, d + days))
    return dayText(at.getUTCFullYear(), at.getUTCMonth() + 1, at.getUTCDate())
}

export function monthAdd(month: string, months: number): string {
    const [y, m] = month.split('-').map(Number)
    const n = y * 12 + m - 1 + months
    return `${String(Math.floor(n / 12)).padStart(4, '0')}-${two((n % 12) + 1)}`
}

const said = (day: string, how: Intl.DateTimeFormatOptions) => new Date(`${day}T00:00:00Z`).toLocaleDateString('en-GB', { timeZone: 'UTC', ...how })
/** 2026 年 11 月 26 日　星期四 */
export function daySaid(day: string): string {
    if (language.value === 'en') return said(day, { weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' })
    return `${Number(day.slice(0, 4))} 年 ${Number(day.slice(5, 7))} 月 ${Number(day.slice(8))} 日　星期${weekdaySaid(new Date(`${day}T00:00:00Z`).getUTCDay() || 7)}`
}
/** 2026 年 11 月 */
export const monthSaid = (month: string) => (language.value === 'en' ? said(`${month}-01`, { month: 'long', year: 'numeric' }) : `${Number(month.slice(0, 4))} 年 ${Number(month.slice(5))} 月`)
/** 1 is Monday: 一, Mon */
export const weekdaySaid = (n: number) => (language.value === 'en' ? said(`2024-01-0${n}`, { weekday: 'short' }) : '一二三四五六日'[n - 1])

/** null: not a day. `today` is the town's day, not the desk's clock. */
export function dayParse(typed: string, today: string): string | null {
    const text = half(typed).replace(/\s+/g, '')
    const words: Record<string, number> = { 今: 0, 今天: 0, 今日: 0, 昨: -1, 昨天: -1, 明: 1, 明天: 1, 前天: -2, 后天: 2 }
    if (text in words) return dayAdd(today, words[text])
    if (/^[+-]\d{1,4}$/.test(text)) return dayAdd(today, Number(text))
    const parts = text.match(/^(?:(\d{4}|\d{2})[-./年])?(\d{1,2})[-./月](\d{1,2})日?$/) ??
        text.match(/^(\d{4})?(\d{2})(\d{2})$/)
    if (!parts) return null
    let year = parts[1] ? Number(parts[1]) : Number(today.slice(0, 4))
    if (parts[1]?.length === 2) year += 2000
    const month = Number(parts[2]), day = Number(parts[3])
    return dayValid(year, month, day) ? dayText(year, month, day) : null
}

/** 2021-12, 202112, 2021.12, 2021年12月, 12月 */
export function monthParse(typed: string, today: string): string | null {
    const text = half(typed).replace(/\s+/g, '')
    const parts = text.match(/^(\d{4})[-./年](\d{1,2})月?$/) ?? text.match(/^(\d{4})(\d{2})$/) ?? text.match(/^()(\d{1,2})月$/)
    if (!parts) return null
    const year = parts[1] || today.slice(0, 4), month = Number(parts[2])
    return month >= 1 && month <= 12 ? `${year}-${two(month)}` : null
}

/** A moment in the town's clock (UTC+8 all over the country), to the minute: 2021-12-03T09:00:00+08:00 */
export function momentParse(typed: string, today: string): string | null {
    const text = half(typed).trim()
    const parts = text.match(/^(.*?)[T\s]+(\d{1,2})[:：时](\d{1,2})?分?$/) ?? text.match(/^()(\d{1,2})[:：](\d{2})$/)
    const day = dayParse(parts ? parts[1] || today : text, today)
    if (!day) return null
    const hour = parts ? Number(parts[2]) : 0, minute = parts?.[3] ? Number(parts[3]) : 0
    return hour < 24 && minute < 60 ? `${day}T${two(hour)}:${two(minute)}:00+08:00` : null
}

/** "2021-12-03T09:00:00.000+08:00" -> "2021-12-03 09:00", whatever offset it was written with. */
export function momentText(moment: string): string {
    const at = new Date(moment)
    if (Number.isNaN(at.getTime())) return moment
    const local = new Date(at.getTime() + 8 * 3600_000).toISOString()
    return `${local.slice(0, 10)} ${local.slice(11, 16)}`
}

/** From one moment to another, in the largest unit that says something. */
export function lasted(from: string, to: string | number): string {
    const minutes = Math.floor((new Date(to).getTime() - new Date(from).getTime()) / 60_000)
    if (minutes < 1) return t('不到一分钟')
    if (minutes < 60) return t('{n} 分钟', { n: minutes })
    return minutes < 48 * 60 ? t('{n} 小时', { n: Math.floor(minutes / 60) }) : t('{n} 天', { n: Math.floor(minutes / 1440) })
}

/** How long ago, for lists of recent things. */
export function ago(moment: string, now: number): string {
    const minutes = Math.floor((now - new Date(moment).getTime()) / 60_000)
    if (minutes < 1) return t('刚刚')
    if (minutes < 60) return t('{n} 分钟前', { n: minutes })
    if (minutes < 24 * 60) return t('{n} 小时前', { n: Math.floor(minutes / 60) })
    return momentText(moment)
}

/** The six weeks that show a month, from Monday. */
export function monthDays(month: string): string[] {
    const [y, m] = month.split('-').map(Number)
    const first = dayText(y, m, 1)
    const weekday = (new Date(Date.UTC(y, m - 1, 1)).getUTCDay() + 6) % 7
    return Array.from({ length: 42 }, (_, i) => dayAdd(first, i - weekday))
}
