import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { API_BASE } from '@reelsync/admin';
import { Router } from 'express';

const TITLE = 'Reelsync API';

/** A script of its own: the content security policy lets no inline script run. */
const START = `window.addEventListener('load', () => {
  window.SwaggerUIBundle({
    url: '${API_BASE}/openapi.json',
    dom_id: '#docs',
    deepLinking: true,
    persistAuthorization: false,
    // Else the page asks a server of its makers whether the document is valid.
    validatorUrl: null,
  });
});
`;

const PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>${TITLE}</title>
<link rel="stylesheet" href="${API_BASE}/docs/swagger-ui.css">
<script defer src="${API_BASE}/docs/swagger-ui-bundle.js"></script>
<script defer src="${API_BASE}/docs/start.js"></script>
</head>
<body><main id="docs"></main></body>
</html>
`;

const FILES = ['swagger-ui.css', 'swagger-ui-bundle.js'] as const;

/** The OpenAPI document to browse and try out; every byte of it comes from here. */
export function docsPage(): Router {
  const router = Router();
  const folder = dirname(require.resolve('swagger-ui-dist/package.json'));
  for (const file of FILES) {
    const content = readFileSync(join(folder, file));
    router.get(`/docs/${file}`, (_request, response) => {
      response.type(file).set('Cache-Control', 'private, max-age=3600').send(content);
    });
  }
  router.get('/docs/start.js', (_request, response) => {
    response.type('js').send(START);
  });
  router.get('/docs', (_request, response) => {
    response.send(PAGE);
  });
  return router;
}
