import type { EpochMs } from '../model/time.ts';
import { rates } from './rates.ts';
import { type Claimed, claimDevice, claimPhone, own, type Scene, secondPhoneOf, together } from './scene.ts';
import type { Device, Person } from './world.ts';

/** What the master of an account or membership reports: joining, signing in and out, merging of memberships. */

/** The CRM or the personnel system reports whom it has, once, before anything else happens. */
export function reportMember(scene: Scene, person: Person, at: EpochMs): void {
  if (person.reported) return;
  person.reported = true;
  const { values, random } = scene;
  const email = person.hasEmail && !person.relay ? { email: values.email(person) } : {};
  const claimed = together(
    own({ user_id: values.user(person), member_id: values.member(person), ...email }),
    claimPhone(scene, person),
  );
  const kind = person.kind === 'customer' ? {} : { kind: person.kind };
  scene.outbox.put({
    type: 'profile_identified',
    at,
    channel: 'server',
    source: person.kind === 'customer' ? 'crm' : 'hr',
    ...claimed,
    person,
    properties: { method: 'import', ...kind },
    traits: { name: person.name, city: random.pick(['Shanghai', 'Hangzhou', 'Suzhou']), ...kind },
    consent: { personalization: random.chance(0.8), marketing: { sms: random.chance(0.5) } },
  });
}

/** The claims under which somebody joins, and what the channel knows about the device. */
export interface Joining {
  readonly at: EpochMs;
  readonly channel: string;
  readonly source: string;
  readonly device: Claimed;
}

export function join(scene: Scene, person: Person, joining: Joining): void {
  const { values, random } = scene;
  const { at, channel, source, device } = joining;
  // A till opens a membership; an account of the web shop comes with the first sign-in.
  const account = channel === 'pos' ? {} : { user_id: values.user(person) };
  const email = person.hasEmail && !person.relay && random.chance(0.4) ? { email: values.email(person) } : {};
  const claimed = together(
    device,
    own({ ...account, member_id: values.member(person), ...email }),
    claimPhone(scene, person),
  );
  person.member = true;
  scene.outbox.put({
    type: 'signed_up',
    at,
    channel,
    source,
    ...claimed,
    person,
    properties: { method: channel === 'pos' ? 'till' : 'phone_code', program: 'club' },
    traits: { name: person.name },
    consent: { personalization: true, marketing: { sms: random.chance(0.6) } },
  });
  if (!random.chance(rates.reportedByCrm)) return;
  person.reported = false;
  scene.later(scene.day + 1, (night) => reportMember(night, person, night.dayStart + 10_800_000));
}

/** Whether somebody who would join does it now. */
export function joinsNow(scene: Scene, person: Person): boolean {
  return person.joins && !person.member && scene.random.chance(rates.joinsAtVisit);
}

/** Who does something on which device, and when. */
interface OnDevice {
  readonly person: Person;
  readonly device: Device;
  readonly at: EpochMs;
}

export function signIn(scene: Scene, { person, device, at }: OnDevice): void {
  device.signedIn = person;
  const phone = scene.random.chance(rates.signsInByPhoneCode);
  const account = own({ user_id: scene.values.user(person) });
  scene.outbox.put({
    type: 'signed_in',
    at,
    channel: channelOf(device),
    source: 'auth',
    ...together(
      claimDevice(scene, device),
      account,
      ...(phone && device.form !== 'tablet' ? [claimPhone(scene, person)] : []),
    ),
    person,
    properties: { method: device.form === 'tablet' ? 'scan' : phone ? 'phone_code' : 'password' },
  });
}

/** On a family device it is the next person who signs the one before out. */
export function signOut(scene: Scene, { person: by, device, at }: OnDevice): void {
  const before = device.signedIn;
  if (before === undefined) return;
  device.signedIn = undefined;
  const claimed = together(claimDevice(scene, device), own({ user_id: scene.values.user(before) }));
  scene.outbox.put({
    type: 'signed_out',
    at,
    channel: channelOf(device),
    source: 'auth',
    ...claimed,
    // Signing out ends the session of whoever was signed in: it is theirs, also where another one did it.
    person: before,
    properties: { method: by === before ? 'user' : 'switch' },
  });
}

export function channelOf(device: Device): string {
  switch (device.form) {
    case 'app':
      return 'app';
    case 'browser':
      return 'web';
    case 'tablet':
      return 'store_device';
  }
}

/** Opens the second membership of somebody who gets one, and has the loyalty master merge it where it notices. */
export function openDuplicate(scene: Scene, person: Person, at: EpochMs): void {
  const { duplicate } = person;
  if (duplicate === undefined || duplicate.opened || scene.day < duplicate.fromDay) return;
  duplicate.opened = true;
  const { values } = scene;
  const phone = duplicate.samePhone
    ? claimPhone(scene, person)
    : own({ phone: secondPhoneOf(scene, person) });
  scene.outbox.put({
    type: 'signed_up',
    at,
    channel: 'pos',
    source: 'pos',
    ...together(own({ member_id: values.member(person, 'second') }), phone),
    hazard: 'duplicate_member',
    person,
    properties: { method: 'till', program: 'club' },
    traits: { name: person.name },
  });
  if (duplicate.mergedDay === undefined) return;
  scene.later(Math.max(duplicate.mergedDay, scene.day + 1), (night) => mergeMembers(night, person));
}

function mergeMembers(scene: Scene, person: Person): void {
  const { values } = scene;
  const kept = values.member(person);
  if (person.duplicate !== undefined) person.duplicate.merged = true;
  scene.outbox.put({
    type: 'members_merged',
    at: scene.dayStart + 14_400_000,
    channel: 'server',
    source: 'loyalty',
    identifiers: { member_id: kept },
    linkable: true,
    hazard: 'duplicate_member',
    person,
    properties: { kept, merged: values.member(person, 'second'), reason: 'duplicate card' },
  });
}
