import type { Words } from './en.ts';
import { customerZh, storeZh } from './zh-customer.ts';
import { debugZh } from './zh-debug.ts';
import { defineZh } from './zh-define.ts';
import { errorsZh } from './zh-errors.ts';
import { insightZh } from './zh-insight.ts';
import { liveZh } from './zh-live.ts';
import { checksZh, sayingsZh, turnsZh } from './zh-sayings.ts';

/** The texts in Simplified Chinese. */
export const zh: Words = {
  skip: '跳到正文',
  menu: '页面',
  language: '语言',
  theme: '配色',
  themes: { system: '跟随系统', light: '浅色', dark: '深色' },
  signedInAs: (name) => `已登录：${name}`,
  signOut: '退出登录',
  loading: '加载中',
  retry: '重试',
  nothing: '暂无内容。',
  more: '更多',
  cancel: '取消',
  close: '关闭',
  all: '全部',
  unsaved: {
    title: '修改尚未生效，仍要离开吗？',
    text: '编辑器中的内容还没有生效，离开后会丢失。',
    stay: '留在此页',
    go: '放弃修改并离开',
  },
  unknownPage: '没有这个页面。',
  toLive: '返回实时视图',
  failed: (detail) => `操作未成功：${detail}`,
  unreachable: '暂时连不上引擎，正在自动重试。',
  pages: {
    live: '实时',
    customer: '客户',
    triggers: '触发器',
    debug: '调试',
    insight: '分析',
    store: '门店',
  },
  signIn: {
    title: '登录',
    key: '密钥',
    hint: '以 sk_ 开头，需要 read 权限；其余权限决定您能看到什么。',
    keep: '在此标签页关闭前保留',
    submit: '登录',
    wrong: '密钥无效或已失效。',
    noRead: '该密钥缺少 read 权限。',
    notKept: '密钥只留在本页面中，浏览器不会保存。',
  },
  live: liveZh,
  decisions: {
    fired: '已触发',
    suppressed: '已抑制',
    deferred: '已推迟',
    held_out: '对照组',
    revoked: '已撤销',
  },
  customer: customerZh,
  define: defineZh,
  debug: debugZh,
  insight: insightZh,
  store: storeZh,
  errors: errorsZh,
  sayings: sayingsZh,
  checks: checksZh,
  turns: turnsZh,
};
