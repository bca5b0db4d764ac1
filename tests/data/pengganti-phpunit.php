<?php // Pengganti PHPUnit untuk uji kawal: bukan PHPUnit, hanya perintah dan bentuk JUnit-nya (--log-junit, versi 10). Tes benar-benar dijalankan.
[$report, $folder] = array_slice($argv, array_search('--log-junit', $argv) + 1, 2);
$cases = '';
$count = ['tests' => 0, 'failures' => 0];
foreach (glob("$folder/*Test.php") as $file) {
    require $file;
    $class = basename($file, '.php');
    foreach (preg_grep('/^test/', get_class_methods($class)) as $method) {
        $count['tests']++;
        $body = '';
        try {
            (new $class())->$method();
        } catch (Throwable $error) {
            $count['failures']++;
            $body = '<failure type="' . get_class($error) . '">' . htmlspecialchars($error->getMessage()) . '</failure>';
        }
        $cases .= "<testcase name=\"$method\" file=\"$file\" class=\"$class\" classname=\"$class\" assertions=\"1\" time=\"0.001\">$body</testcase>";
    }
}
$counted = "tests=\"{$count['tests']}\" assertions=\"{$count['tests']}\" errors=\"0\" failures=\"{$count['failures']}\" skipped=\"0\" time=\"0.001\"";
file_put_contents($report, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites><testsuite name=\"CLI Arguments\" $counted>$cases</testsuite></testsuites>\n");
exit($count['failures'] ? 1 : 0);
