// An identity provider for tests. POST /control says how the next tokens and answers differ from right ones.
import { OAuth2Server } from "oauth2-mock-server";

const server = new OAuth2Server();
await server.issuer.keys.generate("RS256");
let wanted = {};

server.service.addRoute("POST", "/control", async (req, res) => {
  wanted = req.body;
  if (wanted.rotate) {
    const fresh = await server.issuer.keys.generate("RS256");
    while (server.issuer.keys.get()?.kid !== fresh.kid) { /* the store hands out its keys in turn */ }
  }
  res.statusCode = 204;
  res.end();
});
server.service.on("beforeTokenSigning", (token) => {
  if (token.payload.aud === undefined) return; // not the id token
  Object.assign(token.payload, { email: "li.na@huafu.example", email_verified: true }, wanted.claims ?? {});
  for (const name of wanted.without ?? []) delete token.payload[name];
  Object.assign(token.header, wanted.header ?? {});
});
server.service.on("beforeResponse", (answer) => {
  if (wanted.status) { answer.statusCode = wanted.status; answer.body = { error: "invalid_grant" }; return; }
  const [header, payload, signature] = answer.body.id_token.split(".");
  const encode = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
  if (wanted.forge === "none") answer.body.id_token = `${encode({ alg: "none" })}.${payload}.`;
  if (wanted.forge === "payload") {
    const claims = JSON.parse(Buffer.from(payload, "base64url"));
    answer.body.id_token = `${header}.${encode({ ...claims, email: "zhao.lei@huafu.example" })}.${signature}`;
  }
  if (wanted.forge === "missing") delete answer.body.id_token;
  if (wanted.forge === "nonsense") answer.body.id_token = "nonsense";
});
server.service.on("beforeUserinfo", (answer) => { answer.body = { sub: "johndoe", ...(wanted.userinfo ?? {}) }; });
server.service.on("beforeWellKnownOpenIdConfiguration", (answer) => Object.assign(answer.body, wanted.metadata ?? {}));

await server.start(0, "127.0.0.1");
server.issuer.url = `http://127.0.0.1:${server.address().port}`;
console.log(server.issuer.url);
process.stdin.resume();
process.stdin.on("end", () => process.exit(0));
