/** Ms between two records of a token's last use: a bot calls many times a second, and each record is a write. */
export const tokenUseEvery = 60_000
