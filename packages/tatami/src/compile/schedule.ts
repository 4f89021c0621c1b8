// Third pass: puts the steps into an order that respects their dependencies and otherwise follows the order in which
// the graph was built: forward, then backward, then updates, which keeps few temporaries alive.
import type { Step } from "./steps.ts";

export function schedule(steps: readonly Step[]): Step[] {
  const waiting = new Map<Step, number>(steps.map((step) => [step, step.dependencies.size]));
  const users = new Map<Step, Step[]>(steps.map((step) => [step, []]));
  for (const step of steps) for (const dependency of step.dependencies) users.get(dependency)!.push(step);

  // A step is as late as its last node; guards follow what they guard, writes come when nothing else is ready.
  const age = (step: Step): number => (step.kind === "write" ? Number.POSITIVE_INFINITY : step.nodes.at(-1)!.id);
  const ready = steps.filter((step) => step.dependencies.size === 0);
  const order: Step[] = [];
  while (ready.length > 0) {
    let earliest = 0;
    for (let index = 1; index < ready.length; index++) {
      if (age(ready[index]!) < age(ready[earliest]!)) earliest = index;
    }
    const [step] = ready.splice(earliest, 1);
    order.push(step!);
    for (const user of users.get(step!)!) {
      const left = waiting.get(user)! - 1;
      waiting.set(user, left);
      if (left === 0) ready.push(user);
    }
  }
  if (order.length !== steps.length) {
    throw new Error(`internal: schedule: ${steps.length - order.length} steps wait for each other`);
  }
  return order;
}
