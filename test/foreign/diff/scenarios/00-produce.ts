// Produce: what is accepted, what is refused and with which code, what a duplicate is answered.

import type { ApiScenarios } from "../scenario.ts";
import { addressed } from "./00-produce/addressed.ts";
import { idempotent, transactional } from "./00-produce/numbered.ts";
import { bad } from "./00-produce/refused.ts";
import { configured, good } from "./00-produce/taken.ts";

export const produceScenarios: ApiScenarios = {
  api: "Produce",
  scenarios: [...good, ...addressed, ...bad, ...configured, ...idempotent, ...transactional],
};
