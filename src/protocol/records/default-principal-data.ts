// Who a forwarded request came from: the principal inside an Envelope request (KIP-590), two bytes of
// version in front.
//
// Lives on: anywhere.

import type { Infer } from "../schema.ts";
import { boolean, message, string } from "../schema.ts";

export const DefaultPrincipalData = message(
  { name: "DefaultPrincipalData", apiKey: -1, versions: [0, 0], flexibleFrom: 0 },
  {
    type: string,
    name: string,
    tokenAuthenticated: boolean,
  },
);
export type DefaultPrincipalData = Infer<typeof DefaultPrincipalData>;
