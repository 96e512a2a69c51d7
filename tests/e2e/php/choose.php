<?php
// A client of the old stack, in short: reads the file that was pushed for a service, keeps the
// online nodes, and chooses by weight: a random number below the sum, counted down the list.
//
//   php choose.php FILE SEED COUNT     prints how often each node was chosen, as JSON

[, $file, $seed, $count] = $argv;

$nodes = json_decode(file_get_contents($file), true, 512, JSON_THROW_ON_ERROR);
$online = array_values(array_filter($nodes, fn ($node) => $node['status'] == 'online'));
$sum = array_sum(array_column($online, 'weight'));

function choose(array $nodes, int $sum): array
{
    $rest = mt_rand(0, $sum - 1);
    foreach ($nodes as $node) {
        $rest -= $node['weight'];
        if ($rest < 0) {
            return $node;
        }
    }
    throw new LogicException('the weights do not add up');
}

mt_srand((int) $seed);
$chosen = [];
for ($i = 0; $sum > 0 && $i < (int) $count; ++$i) {
    $node = choose($online, $sum);
    $key = $node['ip'] . ':' . $node['port'];
    $chosen[$key] = ($chosen[$key] ?? 0) + 1;
}
echo json_encode((object) $chosen), "\n";
