import { AGREED, isMember, type Story } from '../story.ts';

/** A member whose phone is near a store where something is on. */
export const passBy: Story = {
  name: 'pass by',
  weight: 0.04,
  who: (person) => isMember(person) && person.uses.app,
  async tell(stage, person) {
    const { latitude, longitude } = stage.random.pick(stage.goods.stores);
    await stage.tell({
      type: 'location_reported',
      channel: 'app',
      identifiers: { user_id: stage.accountOf(person).user_id },
      properties: { latitude: latitude + 0.0005, longitude, datum: 'gcj02', accuracy_m: 20 },
      consent: AGREED,
    });
  },
};
