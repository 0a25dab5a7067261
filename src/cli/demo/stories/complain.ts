import { isMember, type Story } from '../story.ts';

/** A complaint, which alerts the service desk, its end, and now and then the news that the fault is gone. */
export const complain: Story = {
  name: 'complain',
  weight: 0.04,
  who: isMember,
  async tell(stage, person) {
    const { random } = stage;
    const { phone } = stage.accountOf(person);
    const { item } = stage.goods.pick(random);
    const ticket = {
      ticket_id: stage.serial('ticket'),
      theme: random.pick(['quality', 'size', 'delivery']),
      item_id: item.itemId,
    };
    const common = { channel: 'call_center', source: 'callcenter', identifiers: { phone } };
    const opened = { ...ticket, complaint: true, text: `The ${item.name} is not what I expected.` };
    await stage.report({ type: 'ticket_opened', ...common, properties: opened });
    await stage.pause(5_000, 10_000);
    const closed = { ...ticket, status: 'closed', satisfaction: random.between(1, 5) };
    await stage.report({ type: 'ticket_closed', ...common, properties: closed });
    if (!random.chance(0.5)) return;
    await stage.pause(2_000, 4_000);
    await stage.report({
      type: 'issue_resolved',
      channel: 'server',
      source: 'quality',
      properties: { item_id: item.itemId, theme: ticket.theme, note: 'Another supplier.' },
    });
  },
};
