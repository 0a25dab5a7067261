/** `wechat_openid@wx123` → `wechat_openid`: the type whose rules hold, whoever issued the identifier. */
export function baseType(type) {
    const at = type.indexOf('@');
    return at < 0 ? type : type.slice(0, at);
}
//# sourceMappingURL=identifier-type.js.map