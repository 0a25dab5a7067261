import { computed } from '@preact/signals';
import { language } from '../preferences.ts';
import { en, type Words } from './en.ts';
import { zh } from './zh.ts';

export const words = computed<Words>(() => (language.value === 'zh' ? zh : en));

/** As the language writes them; made anew only when it changes. */
const formats = computed(() => {
  const locale = language.value === 'zh' ? 'zh-CN' : 'en-GB';
  return {
    number: new Intl.NumberFormat(locale, { maximumFractionDigits: 2 }),
    short: new Intl.NumberFormat(locale, { notation: 'compact', maximumFractionDigits: 1 }),
    percent: new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: 1 }),
    moment: new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'medium', hourCycle: 'h23' }),
    day: new Intl.DateTimeFormat(locale, { dateStyle: 'medium' }),
    clock: new Intl.DateTimeFormat(locale, { timeStyle: 'medium', hourCycle: 'h23' }),
  };
});

export const formatNumber = (value: number): string => formats.value.number.format(value);
export const formatShort = (value: number): string => formats.value.short.format(value);
export const formatPercent = (value: number): string => formats.value.percent.format(value);
export const formatMoment = (value: number): string => formats.value.moment.format(value);
export const formatDay = (value: number): string => formats.value.day.format(value);
export const formatClock = (value: number): string => formats.value.clock.format(value);
