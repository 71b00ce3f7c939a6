import { KnownError } from '../../../foundation/core/errors'

/** The answer, or the message of a KnownError: one check that fails does not stop the others. */
export async function orError<Answer>(
  ask: () => Promise<Answer>,
): Promise<Answer | { readonly error: string }> {
  try {
    return await ask()
  } catch (error) {
    if (error instanceof KnownError) return { error: error.message }
    throw error
  }
}
