/** Why an associate better does not mention something. */
export type NoteCode =
  | 'restricted'
  | 'open_complaint'
  | 'open_ticket'
  | 'marketing_paused'
  | 'no_customer'
  | 'no_consent'
  | 'sensitive';

const ENGLISH: Readonly<Record<NoteCode, string>> = {
  restricted: 'Use of their data is restricted: serve them, and use nothing that is known of them',
  open_complaint: 'A complaint is open: no promotions before it is solved',
  open_ticket: 'A case is open: ask about it before you offer anything',
  marketing_paused: 'No promotions for this customer for now',
  no_customer: 'Not a customer: no promotions',
  no_consent: 'No consent to personalization: speak of nothing that they did elsewhere',
  sensitive: 'Do not bring up',
};

const CHINESE: Readonly<Record<NoteCode, string>> = {
  restricted: '该顾客的数据已限制处理:只提供服务,不使用已知信息',
  open_complaint: '有未解决的投诉:解决之前不要推销',
  open_ticket: '有未关闭的工单:推荐之前先询问进展',
  marketing_paused: '该顾客暂停营销',
  no_customer: '非普通顾客:不做推销',
  no_consent: '未同意个性化:不要提及其在别处的行为',
  sensitive: '不要主动提起',
};

/** In Chinese where the language tag says so, in English otherwise. */
export function noteTexts(locale = ''): Readonly<Record<NoteCode, string>> {
  return locale.toLowerCase().startsWith('zh') ? CHINESE : ENGLISH;
}
