import { expect, it } from "vitest";
import { UsageError } from "../command/usage-error.ts";
import { trainRequest } from "./train-request.ts";

it("trainRequest(net, {seed}) is the course's exercise", () => {
  expect(trainRequest("simple-conv", { seed: 1 })).toMatchObject({
    asPublished: true,
    settings: { iterations: 1000, optimizer: "adam", lr: 0.001, batchSize: 100, trainSize: 5000, testSize: 1000 },
  });
});

it("trainRequest(net, options) takes the fastest backend and its own number of threads where none is given", () => {
  expect(trainRequest("mlp", { seed: 1 })).toMatchObject({ backend: "auto", threads: undefined });
  expect(trainRequest("mlp", { seed: 1, backend: "wasm", threads: 4 })).toMatchObject({ backend: "wasm", threads: 4 });
});

it("trainRequest(net, options) changes what is given, and no longer compares then", () => {
  const request = trainRequest("simple-conv", { seed: 1, epochs: 2, batchSize: 30, trainSize: 100 });
  expect(request).toMatchObject({ asPublished: false, settings: { iterations: 8, batchSize: 30, trainSize: 100 } });
  expect(trainRequest("simple-conv", { seed: 7, evaluateEvery: 50 }).asPublished).toBe(true);
  expect(trainRequest("mlp", { seed: 1, hidden: [40, 20] }).asPublished).toBe(true);
  expect(trainRequest("mlp", { seed: 1, hidden: [40] }).asPublished).toBe(false);
});

it("trainRequest(net, {optimizer}) starts from that optimiser's learning rate", () => {
  expect(trainRequest("simple-conv", { seed: 1, optimizer: "sgd" }).settings.lr).toBe(0.1);
  expect(trainRequest("simple-conv", { seed: 1, optimizer: "sgd", lr: 0.5 }).settings.lr).toBe(0.5);
});

it("trainRequest(net, options) refuses names it does not know and options that do not go together", () => {
  expect(() => trainRequest("conv", { seed: 1 })).toThrow(UsageError);
  expect(() => trainRequest("mlp", { seed: 1, optimizer: "adem" })).toThrow(
    'unknown optimiser "adem", did you mean adam?',
  );
  expect(() => trainRequest("mlp", { seed: 1, backend: "wsam" })).toThrow('unknown backend "wsam", did you mean wasm?');
  expect(() => trainRequest("deep-conv", { seed: 1, hidden: [3] })).toThrow("--hidden is for the mlp only");
  expect(() => trainRequest("mlp", { seed: 1, epochs: 1, iterations: 1 })).toThrow("expected one of them");
});

it("trainRequest(mlp, options) takes the exercises' settings, and no longer compares then", () => {
  const options = { seed: 1, activation: "sigmoid", init: "xavier", batchNorm: true, dropout: 0.15 };
  expect(trainRequest("mlp", options)).toMatchObject({
    asPublished: false,
    choices: { activation: "sigmoid", init: "xavier", batchNorm: "before", dropout: 0.15 },
  });
  expect(trainRequest("deep-conv", { seed: 1, l1: 0.1 })).toMatchObject({
    asPublished: false,
    penalties: { l1: 0.1, l2: 0 },
  });
  expect(() => trainRequest("mlp", { seed: 1, activation: "sigmod" })).toThrow("did you mean sigmoid?");
  expect(() => trainRequest("mlp", { seed: 1, init: "hee" })).toThrow("did you mean he?");
  expect(() => trainRequest("deep-conv", { seed: 1, dropout: 0.1 })).toThrow("--dropout is for the mlp only");
});
