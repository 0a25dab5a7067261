import type { PersonalKind } from './mask.ts';

/*
 * Names of fields that say something of a person, in English and Chinese. They are written without case and separators, in the singular:
 * `contactEmail`, `CONTACT_EMAIL` and `contact-emails` all end in `email`. `ingest/personal/judge-name.ts` says how they are compared.
 */

/** The end of a name says it: `contact_email`, `work_phone`, `buyer_first_name`. */
export const NAME_ENDINGS: ReadonlyMap<string, PersonalKind> = kinds({
  email: 'email mail emailaddress mailaddress emailaddr',
  phone:
    'phone phonenumber phoneno phonenum mobile mobilephone mobilenumber mobileno mobilenum telephone telephonenumber tel telno cellphone cellnumber cellno contactnumber contactno msisdn whatsapp faxnumber',
  name:
    'firstname lastname middlename givenname familyname fullname realname legalname maidenname surname forename nickname username ' +
    'wechatname weixinname wechatid weixinid cardholder accountholder nameoncard namefirst namelast namemiddle namefamily namegiven consignee addressee',
  address:
    'postaladdress streetaddress homeaddress mailingaddress deliveryaddress shippingaddress shipaddress billingaddress ' +
    'residentialaddress addressline streetline housenumber homeaddr mailingaddr deliveryaddr shippingaddr shipaddr billingaddr',
  birthday: 'birthday birthdate dateofbirth birth dob bday',
  id_number:
    'idnumber idno idcard idcardnumber idcardno identitycard identitynumber nationalid nationalidnumber passport passportnumber passportno ' +
    'ssn socialsecuritynumber driverlicense driverslicense drivinglicense driverlicence drivinglicence driverlicensenumber bankcard bankcardnumber ' +
    'bankaccount bankaccountnumber accountnumber accountno documentnumber documentno passportnr creditcard creditcardnumber debitcard cardnumber cardno iban',
});

/** So long or so special that they say it even where nothing separates them from what stands before: `contactemail`. */
export const GLUED_ENDINGS: readonly string[] = [
  ...[
    'email',
    'emailaddress',
    'phone',
    'phonenumber',
    'mobile',
    'mobilenumber',
    'telephone',
    'firstname',
    'lastname',
    'fullname',
  ],
  ...['surname', 'nickname', 'username', 'passportnumber', 'idcard', 'birthday', 'birthdate'],
];

/** Endings that are nobody's where a thing stands before them: `store_phone`, but not `app_username`. */
export const ALSO_OF_THINGS: ReadonlySet<string> = new Set(['fullname', 'legalname', 'nickname']);

/** Which of several it is, said behind it: `phone_home`, `email_old`. */
export const WHICH_ONE: ReadonlySet<string> = new Set(
  'home work office private personal primary secondary main alt alternate backup emergency raw old new previous current'.split(
    ' ',
  ),
);
export const WHICH_CHINESE = /(?:必填|选填|可选|備用|备用)$/;

/** Words that only look like these. */
export const NOT_PERSONAL: ReadonlySet<string> = new Set(
  (
    'headphone earphone smartphone microphone megaphone gramophone saxophone xylophone iphone payphone vibraphone featurephone windowsphone ' +
    'automobile snowmobile tmobile googlemail webmail directmail rebirth cellmail'
  ).split(' '),
);

/** Whole names that are personal where a person is spoken of, and may be about anything elsewhere. */
export const NAMES_OF_PERSONS: ReadonlyMap<string, PersonalKind> = kinds({
  name: 'name displayname login wechat weixin screenname handle 名字 姓 名 姓氏 全名 微信 称呼 稱呼',
  phone: 'cell',
});

/** Whole names that are personal beneath a customer, a recipient and so on: `buyer.first`. */
export const NAMES_BENEATH_PERSONS: ReadonlyMap<string, PersonalKind> = kinds({
  name: 'first last middle given family full',
  address: 'line',
});

/** Whole names that are an address at the top of an event's properties too. */
export const ADDRESS_NAMES: ReadonlySet<string> = new Set(['address', 'addr', 'street']);

/** Whole names that mean somebody: text is their name, and an object says what is known of them. */
export const PERSONS_BY_NAME: ReadonlySet<string> = new Set(
  'recipient receiver 收货人 收貨人 收件人 联系人 聯繫人 寄件人 购买人 购货人 持卡人 投保人 监护人'.split(
    ' ',
  ),
);

/** What lies beneath these speaks of a person; before `name` and `address` they say whose. */
export const PERSONS: ReadonlySet<string> = new Set(
  (
    'customer buyer purchaser shopper receiver recipient consignee addressee contact spouse wife husband user member guest child kid baby parent ' +
    'mother father friend passenger traveler traveller patient payer payee subscriber invitee inviter beneficiary holder cardholder person ' +
    'people shipping billing shipto billto owner employee associate staff cashier stylist salesperson emergency family relative bride groom ' +
    'profile author reviewer attendee participant student ' +
    '客户 客戶 顾客 顧客 买家 買家 会员 會員 用户 用戶 收货人 收貨人 收件人 联系人 聯繫人 寄件人 配偶 家属 子女 宝宝 员工 导购'
  ).split(' '),
);

/** Whole names of parts in which protocols put what they know of somebody. */
export const PARTS_OF_PERSONS: ReadonlySet<string> = new Set(
  'trait set setonce userproperty personproperty useridentity'.split(' '),
);

/** Words that say no more than the word before them does: `customer_info`, `device_details`. */
export const EMPTY_WORDS: ReadonlySet<string> = new Set([
  'info',
  'information',
  'detail',
  'data',
  'attribute',
]);
export const EMPTY_CHINESE = /(?:信息|資料|资料|详情|資訊)$/;

/** What belongs to these is nobody's: `store_address`, `device.name`, `support_email`. */
export const THINGS: ReadonlySet<string> = new Set(
  (
    'store shop mall outlet warehouse depot brand product item sku spu variant good category collection campaign coupon promotion promo voucher ' +
    'device browser os app application page screen site website host server network wifi carrier event list file image img plan template segment ' +
    'tier program partner supplier vendor merchant seller manufacturer platform channel source medium library sdk model class function field column ' +
    'table tag element button form menu feature test experiment variation city country region state district province town airport hotel ' +
    'restaurant branch department team ip mac web wallet bot crawler window smart zone service support hotline referrer'
  ).split(' '),
);

/** The end of a Chinese name says it, the longest first. */
export const CHINESE_ENDINGS: readonly (readonly [ending: string, kind: PersonalKind])[] = [
  ...kinds({
    email: '邮箱 邮箱地址 电邮 电子邮件 邮件地址 郵箱 郵箱地址 電郵 電子郵件',
    phone:
      '手机 手机号 手机号码 电话 电话号码 座机 固话 联系方式 联系号码 手機 手機號 手機號碼 電話 電話號碼 聯繫方式',
    name: '姓名 昵称 暱稱 真名 网名 微信名 微信号 微訊號 微信號 用户名 用戶名 收货人 收貨人 收件人 联系人 聯繫人 寄件人',
    address: '地址 住址 门牌号',
    birthday: '生日 出生日期 出生年月 出生年月日',
    id_number:
      '身份证 身份证号 身份证号码 身份證 身份證號 身份證號碼 证件号 证件号码 护照 护照号 护照号码 護照 護照號 银行卡号 银行账号 银行账户 账户号 账户号码 銀行卡號 驾驶证号 社保号 军官证号',
  }),
].sort(([a], [b]) => b.length - a.length);

/** What belongs to these is nobody's. */
export const CHINESE_THINGS: readonly string[] =
  '门店 門店 店铺 店舖 商店 商家 商户 商场 仓库 商品 产品 產品 品牌 类目 活动 网站 网页 页面 图片 链接 物理 设备 服务器 智能 客服 服务 官方 发货 退货 自提 自取 ip mac'.split(
    ' ',
  );

function kinds(lists: Partial<Record<PersonalKind, string>>): ReadonlyMap<string, PersonalKind> {
  return new Map(
    Object.entries(lists).flatMap(([kind, names]) =>
      // The keys of the literals above are kinds.
      names.split(' ').map((name) => [name, kind as PersonalKind] as const),
    ),
  );
}
