// What an act asks of a person before it is sent. Which acts there are and who may do them, the server says.

import { language } from '../words'

export interface Asks {
    english: string         // the server names it in Chinese
    rank: number            // order of the buttons
    at: 'seat' | 'more' | 'case' | 'row'  // beside the opinion, behind 更多, in the menu of the case, or at a line of the path
    many?: boolean          // several people may be chosen
    tell?: string           // said in its window
    phrases?: string[]
    bad?: boolean
    modes?: boolean         // 重走 / 直达
    votes?: boolean         // how those who are added decide
    order?: boolean         // 轮阅
}

const back = ['附件不全，请补正', '请核实后再报', '格式不符，请修改']

export const asks: Record<string, Asks> = {
    agree: { english: 'Agree', rank: 0, at: 'seat' },
    read: { english: 'Read', rank: 1, at: 'seat' },
    refuse: { english: 'Refuse', rank: 2, at: 'seat', phrases: ['不符合规定', '条件不具备'], bad: true, tell: '写明理由；办了以后到哪一步，见下面。' },
    back: { english: 'Return', rank: 3, at: 'seat', phrases: back, bad: true, modes: true, tell: '退回后，由它引起的办理会被收回；别的分支不动，意见划去留存。' },
    transfer: { english: 'Reassign', rank: 4, at: 'more', tell: '转办后由对方办理，责任随之转移。' },
    ask: { english: 'Ask an opinion', rank: 5, at: 'more', tell: '请对方先提意见，答复后仍由您定。' },
    before: { english: 'Add a signer before', rank: 6, at: 'more', many: true, votes: true, tell: '先请他们办，您这一席等着。' },
    beside: { english: 'Add a signer beside', rank: 7, at: 'more', many: true, tell: '和您一起办，所需票数重新计算。' },
    after: { english: 'Add a signer after', rank: 8, at: 'more', many: true, votes: true, tell: '您同意，再请他们办；他们办完才往下走。' },
    abstain: { english: 'Abstain', rank: 9, at: 'more', tell: '您这一席记弃权，不算同意；别人那里不受影响。' },
    back_first: { english: 'Return to the first step', rank: 10, at: 'more', phrases: back, bad: true, modes: true, tell: '退回到第一个环节，全部重新办理。' },
    copy: { english: 'Circulate', rank: 11, at: 'case', many: true, order: true, tell: '每人一份，不影响办理；退回、办结都不收回。' },
    copy_read: { english: 'Read', rank: 12, at: 'seat' },
    take_back: { english: 'Recall', rank: 13, at: 'row', tell: '撤回您刚才的办理，后面还没有人办才可以。' },
    nudge: { english: 'Urge', rank: 14, at: 'row', tell: '提醒对方一次，半小时内只提醒一次。' },
    remove: { english: 'Drop the signer', rank: 15, at: 'row', tell: '还没办的这一席取消。' },
    copy_recall: { english: 'Recall the copy', rank: 16, at: 'row', tell: '对方还没有看，可以收回。' },
    cancel: { english: 'Cancel', rank: 17, at: 'case', bad: true, tell: '整件撤销，编号不再用。' },
    suspend: { english: 'Suspend', rank: 18, at: 'case', tell: '挂起后谁都不能办，时限停止计算。' },
    resume: { english: 'Resume', rank: 19, at: 'case', tell: '恢复办理，时限按挂起的时间顺延。' },
    jump: { english: 'Jump', rank: 20, at: 'case', tell: '把件直接移到另一个环节，记为干预。' },
    assign: { english: 'Assign', rank: 21, at: 'case', many: true, tell: '这个环节没有人办，请指定。' },
    hand_over: { english: 'Hand over', rank: 22, at: 'case', tell: '一个人名下没办的全部转给另一人。' },
    retry: { english: 'Try again', rank: 23, at: 'case', tell: '出错的地方再试一次。' },
    correct: { english: 'Mend', rank: 25, at: 'row', tell: '另记一条，原来的意见不改，两条都留。' },
    propose_jump: { english: 'Propose a jump', rank: 26, at: 'case', tell: '跳过资金、用印的环节须两人：您提请，另一人复核后才跳。' },
    confirm_jump: { english: 'Confirm the jump', rank: 27, at: 'case', tell: '按提请的去向跳转，两人都记名。' },
    migrate: { english: 'Migrate', rank: 28, at: 'case', tell: '改按流程的另一版办；已经办过的不变，时限和在办的人不变。' },
    end: { english: 'End', rank: 24, at: 'case', bad: true, tell: '整件终止，全部收回。' },
}
export const placeOf = (op: string): Asks => asks[op] ?? { english: '', rank: 99, at: 'case' }
const votes: Record<string, string> = { agree: '同意', refuse: '不同意' }
/** The word that a model has for an answer (退单) is the town's own, in every language. */
export const actName = (op: string, chinese: string): string => (language.value === 'en' && (!votes[op] || votes[op] === chinese) && placeOf(op).english) || chinese
/** Without a window: one click, one key. */
export const direct = new Set(['agree', 'read', 'copy_read'])
