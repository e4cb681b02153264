/** The two listings that a file server has (contract §3). */
export type ListingKind = 'movies' | 'tv';
