<?php
// Stands behind a snippet of docs/webhooks.md: reads messages as lines of JSON, {secret, headers, body}, and says of each
// whether the snippet takes it.
while (($line = fgets(STDIN)) !== false) {
    $message = json_decode($line, true, flags: JSON_THROW_ON_ERROR);
    try {
        receive($message['secret'], $message['headers'], $message['body']);
        echo "ok\n";
    } catch (Exception $error) {
        echo "wrong: {$error->getMessage()}\n";
    }
}
