const methods: Record<string, string> = {
  CARD: 'Card',
  CASH: 'Cash',
  WALLET: 'Wallet',
  EXTERNAL: 'Other tender',
  BANK_ACCOUNT: 'Bank transfer',
  BUY_NOW_PAY_LATER: 'Pay later',
  SQUARE_ACCOUNT: 'Square account',
  GIFT_CARD: 'Gift card',
};

const brands: Record<string, string> = {
  VISA: 'Visa',
  MASTERCARD: 'Mastercard',
  AMERICAN_EXPRESS: 'Amex',
  DISCOVER: 'Discover',
  DISCOVER_DINERS: 'Diners',
  JCB: 'JCB',
  INTERAC: 'Interac',
  SQUARE_GIFT_CARD: 'Gift card',
};

function sentence(code: string): string {
  const words = code.toLowerCase().replaceAll('_', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** How a payment was made, in words; a card's brand where it is known. */
export function method(sourceType: string, cardBrand: string | null = null): string {
  if (cardBrand) return brands[cardBrand] ?? sentence(cardBrand);
  return methods[sourceType] ?? sentence(sourceType);
}

/** A vendor's status in words. */
export const status = sentence;

const kinds: Record<string, string> = { square: 'Square', lightspeed_r: 'Lightspeed', bigquery: 'BigQuery' };

/** A vendor's name. */
export function vendor(kind: string): string {
  return kinds[kind] ?? sentence(kind);
}

/** What a stream brings, in words. */
export function entity(name: string): string {
  const names: Record<string, string> = { catalog: 'Products', inventory: 'Stock counts', team: 'Team members' };
  return names[name] ?? sentence(name);
}
