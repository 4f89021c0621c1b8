// How the command line spells learning-rate schedules. Apart from what they are, so that the help need not load the library.

export const schedulerUsages = {
  step: "step:SIZE[:GAMMA]",
  "multi-step": "multi-step:STEP,STEP,…[:GAMMA]",
  exponential: "exponential:GAMMA",
  polynomial: "polynomial[:POWER]",
  cosine: "cosine[:LOWEST]",
  "one-cycle": "one-cycle[:HIGHEST]",
  plateau: "plateau[:PATIENCE[:FACTOR]]",
} as const;

export type SchedulerName = keyof typeof schedulerUsages;

export const schedulerNames = Object.keys(schedulerUsages) as SchedulerName[];

export const schedulerUsage: string = Object.values(schedulerUsages).join(", ");
