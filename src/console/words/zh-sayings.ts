import type { Words } from './en.ts';
import type { SaidParts } from './en-sayings.ts';

const about = (key: string): string => (key === '' ? '' : `${key}：`);
const verdict = ({ decision, channel, reason, until }: SaidParts): string =>
  [decision, channel && `渠道 ${channel}`, reason, until && `直到 ${until}`].filter(Boolean).join('，');

/** The engine's sentences in Simplified Chinese. */
export const sayingsZh: Words['sayings'] = {
  off: '已停用：不记忆，也不作决定。',
  waits_for_event: ({ types }) => (types === '' ? '等待事件。' : `等待 ${types}。`),
  waits_for_condition: '等待条件由不成立变为成立。',
  waits_for_segment: ({ segment, change }) => `等待客群 ${segment}：${change}。`,
  day_to_come: '有一个即将到来的日子。',
  no_day_to_come: '没有即将到来的日子。',
  waits_for_catalog: ({ moment }) => `等待商品目录就客户感兴趣的商品给出 ${moment}。`,
  counts: (said) =>
    `${about(said.key)}${said.within} 内 ${said.types}：${said.have} / ${said.need}` +
    (said.first_leaves_at === '' ? '' : `；最早一次于 ${said.first_leaves_at} 过期`) +
    (said.silent_until === '' ? '。' : `；因 ${said.silenced_by} 静默至 ${said.silent_until}。`),
  steps: ({ key, have, need, next, until }) =>
    `${about(key)}已完成 ${have} / ${need} 步${next === '' ? '' : `；下一步 ${next}`}${until === '' ? '' : `，须在 ${until} 之前`}。`,
  complete_at: ({ key, at, unless }) =>
    `${about(key)}将于 ${at} 完成${unless === '' ? '' : `，除非在此之前出现 ${unless}`}。`,
  condition_unknown: '条件取决于尚未到来的事件。',
  condition_holds: '条件现在成立。',
  condition_fails: '条件现在不成立。',
  would: (said) => `若现在完成，决定为：${verdict(said)}。`,
  would_if_on: (said) => `若已启用且现在完成，决定为：${verdict(said)}。`,
  deferred_until: ({ key, until }) => `${about(key)}推迟至 ${until}。`,
  draft_past: ({ events, completed, last_at }) =>
    `草稿：历史中该客户有 ${events} 个相关类型的事件，模式完成过 ${completed} 次${last_at === '' ? '' : `，最近一次在 ${last_at}`}。`,
  history_away: '暂时无法查询历史：这里只有本进程见到的内容。',
  not_in_history: '历史中还没有它。',
  repeated: '它重复了一个已应用的事件，未作任何改变。',
  refused_in_answer: '它在应答中被拒绝，未保存在任何地方。',
  refused: '它被拒绝，未作任何改变。',
  not_seen: '本进程没有见过它，或已不记得：应用时间没有保存。',
  history_time_unknown: '这里不知道它何时进入历史。',
  features_now: '特征显示的是当前值。',
};

export const turnsZh: Words['turns'] = { entered: '进入', left: '离开' };

export const checksZh: Words['checks'] = {
  at_once: '同组一次只触发一个',
  caps: '未超过次数上限',
  channel: '有可用渠道',
  cooldown: '未在冷却期',
  guards: '没有守护条件阻止',
  holdout: '不在对照组',
  kind: '是普通客户',
  paused: '愿意接收消息',
  quiet_hours: '不在免打扰时段',
  restricted: '允许使用其数据',
};
