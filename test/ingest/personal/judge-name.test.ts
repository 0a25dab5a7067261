import { describe, expect, it } from 'vitest';
import {
  createNameBook,
  judgeName,
  NameBook,
  PLACE,
  PLAIN,
} from '../../../src/ingest/personal/judge-name.ts';
import { limits } from '../../../src/limits.ts';

/** As senders write them; separated by spaces, `␣` standing for a space in a name. */
const namesIn = (text: string): string[] =>
  text
    .trim()
    .split(/\s+/)
    .map((name) => name.replaceAll('␣', ' '));

const PERSONAL: Readonly<Record<string, string>> = {
  email:
    'email Email EMAIL e-mail E_Mail eMaIL e.m.a.i.l emailAddress contact_email workEmail2 primary-email-address email_work email_old ｅｍａｉｌ emails customeremail 邮箱 电子邮箱 联系邮箱 電郵',
  phone:
    'PHONE Phone work_phone buyerPhone mobile Mobile MOBILE_NO mobiles homeTel phone2 Phone␣Number telephone cellphone contact␣phone ship.to.phone whatsapp phone_home Phone␣(home) mobile_home contact_number contactNo cell_no 手机号(必填) 联系号码 手机 手机号 手機 收货人手机号 电话 联系电话 電話號碼',
  name: 'givenName family_name FamilyName surname nickname user_name userName username wechat_name WeChatName first-name FIRSTNAME lastname guest_first_name buyer_name customerName customername cardholder_name consignee recipient receiver name_first name_last name_on_card 姓名 收货人 收件人姓名 联系人 昵称',
  address:
    'shipping_address shippingAddress BillingAddress home-address delivery_address addressLine1 address_line_2 street_address recipientAddress shippingAddr 收货地址 家庭地址 详细地址 地址',
  birthday: 'birthday Birthday birth_date DateOfBirth DOB child_birthday 生日 出生日期',
  id_number:
    'id_card idCard ID_CARD passport passportNo passport-number national_id idNumber ssn driver_license credit_card_number iban account_number accountNumber account_no document_number passport␣nr 账户号 身份证 身份证号码 护照号',
};

/** What trackers and shops call their goods, devices, pages and decisions. */
const CLEAR = namesIn(`
  phone_type phone_brand_new mobile_old_price home old email_opt_in email_verified emailVerified email_id email_subject email_campaign phone_model phoneModel phone_case mobile_app mobileFriendly device_name deviceName
  page_name pageName page_title product_name productName item_name brand_name brandName campaign_name campaignName category_name variant_name list_name coupon_name
  promotion_name creative_name event_name eventName app_name os_name browser_name library_name network_name plan_name audience_name template_name segment_name file_name
  host_name store_name store_address storePhone shop_email support_email hotline ip_address ipAddress mac_address web_address utm_source utm_medium utm_campaign utm_term
  utm_content utm_email country city region state district locale language timezone currency screen_name $screen_name $current_url $referrer $device_type $os
  $browser user_id userId member_id customer_id contact_id recipient_id anonymous_id order_id product_id sku first_seen last_seen name_length namespace hotel motel
  headphone smartphone_model microphone iphone automobile birthplace_country user_agent userAgent member_tier mailing_list shipping shipping_method payment_method
  grid_number valid_number tracking_number model_number size color price quantity 商品名称 品牌名称 门店地址 店铺电话 客服电话 手机型号 手机品牌 退货地址 尺码 颜色 价格 页面地址
`);

describe('a name of a field', () => {
  it.each(Object.entries(PERSONAL))('says that its value is an %s, however it is spelled', (kind, text) => {
    for (const name of namesIn(text)) {
      const verdict = judgeName(name);
      expect([name, verdict.kind]).toEqual([name, kind]);
      expect([name, verdict.from <= PLACE.properties]).toEqual([name, true]);
    }
  });

  it('says nothing where it is about goods, devices, pages or decisions', () => {
    expect(CLEAR.length).toBeGreaterThan(100);
    const wrong = CLEAR.filter((name) => {
      const { kind, from } = judgeName(name);
      return kind !== undefined && from < PLACE.traits;
    });
    expect(wrong).toEqual([]);
  });

  it.each(namesIn('name Name displayName login 名字 wechat cell'))(
    'counts for %s where a person is spoken of only',
    (name) => {
      expect(judgeName(name)).toMatchObject({ from: PLACE.traits });
    },
  );

  it('says whether what lies beneath is about a person or a thing', () => {
    for (const name of namesIn(
      'customer buyers Customer_Info user members spouse contacts shipping 收货人 会员信息 $set_once children',
    ))
      expect([name, judgeName(name).speaksOf]).toEqual([name, 'person']);
    for (const name of namesIn(
      'device app page store stores favorite_store product items campaign library referrer 门店 商品信息',
    ))
      expect([name, judgeName(name).speaksOf]).toEqual([name, 'thing']);
    for (const name of namesIn('company details group_traits payload'))
      expect(judgeName(name).speaksOf).toBeUndefined();
  });

  it('is never too odd to be judged', () => {
    for (const name of [
      '',
      '_',
      '$',
      '__proto__',
      'constructor',
      '1',
      '\u{1F600}',
      'a'.repeat(10_000),
      '\ud800',
    ])
      expect(judgeName(name)).toBe(PLAIN);
  });
});

describe("an operator's list", () => {
  const book = createNameBook({ seal: { salon_card: 'id_number' }, clear: ['Nick-Name'] });

  it('adds names and takes names away, in every spelling', () => {
    for (const name of ['salon_card', 'SalonCard', 'salon-card', 'SALON CARDS'])
      expect(book.get(name)).toMatchObject({ kind: 'id_number', from: PLACE.anywhere });
    for (const name of ['nickname', 'nickName', 'NICK_NAME'])
      expect(book.get(name)).toMatchObject({ kind: undefined, isCleared: true });
    expect(book.get('surname').kind).toBe('name');
  });
});

describe('what is remembered of names', () => {
  it('is judged once, and never more than there is room for', () => {
    const judged: string[] = [];
    const book = new NameBook((name) => {
      judged.push(name);
      return PLAIN;
    });
    for (const name of ['a', 'a', 'b', 'a']) book.get(name);
    expect(judged).toEqual(['a', 'b']);
    for (let n = 0; n < limits.personalNamesKnown; n += 1) book.get(`made-up-${n}`);
    book.get('a');
    expect(judged.filter((name) => name === 'a')).toHaveLength(2);
    const long = 'x'.repeat(limits.personalNameCharactersKnown + 1);
    for (let n = 0; n < 3; n += 1) book.get(long);
    expect(judged.filter((name) => name === long)).toHaveLength(3);
  });
});
