// The confirmation questions of the day, and more of their kind.
import { convolutionQuestions } from "./convolution-questions.ts";
import { derivativeQuestions } from "./derivative-questions.ts";
import { learningQuestions } from "./learning-questions.ts";
import { overfittingQuestions } from "./overfitting-questions.ts";
import type { Question } from "./question.ts";

export {
  agrees,
  isRight,
  type Language,
  languages,
  type OptionVerdict,
  type Posed,
  type Question,
  type Topic,
  topics,
  type Words,
} from "./question.ts";

export const questions: readonly Question[] = [
  ...derivativeQuestions,
  ...learningQuestions,
  ...overfittingQuestions,
  ...convolutionQuestions,
];
