/**
 * One name per thing that happens: `order_completed`, however a protocol spells it. Names of the taxonomy and custom
 * names in snake_case pass as they are; the spellings of Segment, GA4, PostHog and Sensors are mapped; anything else
 * is turned into snake_case, so that "Product Clicked" and `ProductClicked` are one custom type.
 */
import { limits } from "../limits.js";
/** Snake-case spelling elsewhere → canonical type. */
const ALIASES = new Map([
    // Segment, where its words differ from ours.
    ['product_added_to_wishlist', 'product_favorited'],
    ['wishlist_product_added_to_cart', 'product_added'],
    ['email_sent', 'message_sent'],
    ['email_delivered', 'message_delivered'],
    ['email_opened', 'message_opened'],
    ['email_link_clicked', 'message_clicked'],
    ['push_notification_received', 'message_delivered'],
    ['push_notification_tapped', 'message_clicked'],
    ['account_created', 'signed_up'],
    ['user_registered', 'signed_up'],
    ['user_signed_up', 'signed_up'],
    ['user_signed_in', 'signed_in'],
    ['user_signed_out', 'signed_out'],
    ['order_paid', 'order_completed'],
    ['order_canceled', 'order_cancelled'],
    // Segment's first e-commerce names, still sent by old integrations.
    ['viewed_product', 'product_viewed'],
    ['viewed_product_category', 'product_list_viewed'],
    ['product_category_viewed', 'product_list_viewed'],
    ['added_product', 'product_added'],
    ['removed_product', 'product_removed'],
    ['searched_products', 'products_searched'],
    ['viewed_cart', 'cart_viewed'],
    ['started_checkout', 'checkout_started'],
    ['checkout_initiated', 'checkout_started'],
    ['completed_order', 'order_completed'],
    ['refunded_order', 'order_refunded'],
    ['cancelled_order', 'order_cancelled'],
    ['viewed_promotion', 'promotion_viewed'],
    ['clicked_promotion', 'promotion_clicked'],
    // Google Analytics 4.
    ['purchase', 'order_completed'],
    ['in_app_purchase', 'order_completed'],
    ['ecommerce_purchase', 'order_completed'],
    ['refund', 'order_refunded'],
    ['view_item', 'product_viewed'],
    ['view_item_list', 'product_list_viewed'],
    ['add_to_cart', 'product_added'],
    ['remove_from_cart', 'product_removed'],
    ['view_cart', 'cart_viewed'],
    ['begin_checkout', 'checkout_started'],
    ['add_to_wishlist', 'product_favorited'],
    ['share', 'product_shared'],
    ['search', 'products_searched'],
    ['view_search_results', 'products_searched'],
    ['view_promotion', 'promotion_viewed'],
    ['select_promotion', 'promotion_clicked'],
    ['page_view', 'page_viewed'],
    ['screen_view', 'screen_viewed'],
    ['sign_up', 'signed_up'],
    ['login', 'signed_in'],
    ['logout', 'signed_out'],
    // PostHog and Sensors, their leading $ taken off.
    ['pageview', 'page_viewed'],
    ['screen', 'screen_viewed'],
    ['autocapture', 'element_clicked'],
    ['identify', 'profile_identified'],
    ['app_view_screen', 'screen_viewed'],
    ['mp_view_screen', 'screen_viewed'],
    ['web_click', 'element_clicked'],
    ['app_click', 'element_clicked'],
    ['mp_click', 'element_clicked'],
    ['bind_id', 'profile_identified'],
    // Everyday words for the same.
    ['page', 'page_viewed'],
    ['loaded_a_page', 'page_viewed'],
    ['viewed_a_page', 'page_viewed'],
    ['signup', 'signed_up'],
    ['signin', 'signed_in'],
    ['sign_in', 'signed_in'],
    ['signout', 'signed_out'],
    ['sign_out', 'signed_out'],
]);
const SNAKE = new RegExp(`^[a-z0-9_]{1,${limits.eventTypeCharactersMax}}$`);
/** A name this long cannot become a valid one; it also bounds the work of the expressions below. */
const RAW_CHARACTERS_MAX = limits.eventTypeCharactersMax * 2;
/** The canonical event type of a name from any protocol; undefined when no valid name can be made of it. */
export function canonicalName(name) {
    const snake = SNAKE.test(name) ? name : snakeCase(name);
    if (snake === undefined)
        return undefined;
    return ALIASES.get(snake) ?? snake;
}
function snakeCase(name) {
    if (name.length > RAW_CHARACTERS_MAX)
        return undefined;
    const snake = name
        .trim()
        .replace(/^\$/, '')
        .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
        .replace(/([A-Z])([A-Z][a-z])/g, '$1_$2')
        .replace(/[\s\-./:_]+/g, '_')
        .toLowerCase();
    return SNAKE.test(snake) ? snake : undefined;
}
//# sourceMappingURL=names.js.map