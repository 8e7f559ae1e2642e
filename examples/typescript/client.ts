// A backend in TypeScript: it opens a complaint, acts on it, reads what happened, and tells refusals apart.
//
//   npm ci
//   export DULY_URL=http://127.0.0.1:7281 TOKEN=duly_backend_…      (duly tokens new, see README.md)
//   npm run generate && npm run check && npm start
//
// `npm run generate` writes the types of every operation, answer and problem from the gateway's OpenAPI document.

import createClient from "openapi-fetch";
import type { components, paths } from "./schema.d.ts";

type Problem = components["schemas"]["Problem"];

const duly = createClient<paths>({
  baseUrl: process.env["DULY_URL"] ?? "http://127.0.0.1:7281",
  headers: { Authorization: `Bearer ${process.env["TOKEN"] ?? ""}`, "Accept-Language": "en" },
});

/** An answer of the gateway that is no success. `problem.code` never changes its meaning. */
class Refused extends Error {
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(`${problem.code}: ${problem.detail}`);
    this.problem = problem;
  }
}

function answered<T>(result: { data?: T; error?: Problem }): T {
  if (result.data === undefined) throw new Refused(result.error ?? gone);
  return result.data;
}

const gone: Problem = { type: "about:blank", title: "", status: 503, code: "away", detail: "There was no answer." };

// Open. `source` and `external_id` make it one complaint, however often it is sent.
const opened = answered(
  await duly.POST("/api/v1/complaints", {
    body: {
      source: "portal",
      external_id: process.env["EXTERNAL_ID"] ?? crypto.randomUUID(),
      project: "hf01",
      received_by: "zhou.min",
      channel: "online",
      category: "property",
      customer: "何女士",
      contact: "he@mail.example",
      matter: "电梯一周内停运三次。",
    },
  }),
);
const case_ = opened.key;
console.log("opened", opened.number, "level", opened.proposal.level);

// Act, in the name of the person who does it. With an Idempotency-Key it happens once, however often it is sent.
for (let sent = 0; sent < 2; sent++) {
  const receipt = answered(
    await duly.POST("/api/v1/complaints/{case}/acts", {
      params: { path: { case: case_ }, header: { "Idempotency-Key": `${case_}-note` } },
      body: { kind: "comment", by: "zhou.min", reason: "The lift is shut; the contractor comes at two." },
    }),
  );
  console.log("commented", receipt.seq);
}

// Read what has happened since the beginning.
const events = answered(
  await duly.GET("/api/v1/complaints/{case}/events", { params: { path: { case: case_ }, query: { after: 0 } } }),
);
for (const line of events.lines ?? []) console.log(line.seq, line.kind);

// A refusal has a code, and names what is wrong: this duty belongs to somebody else.
try {
  answered(
    await duly.POST("/api/v1/complaints/{case}/acts", {
      params: { path: { case: case_ } },
      body: { kind: "discharge", by: "wang.qiang", duty: "CR-5.2.1a", form: { level: 4 } },
    }),
  );
} catch (error) {
  if (!(error instanceof Refused)) throw error;
  console.log("refused", error.problem.status, error.problem.code, "-", error.problem.detail);
}
