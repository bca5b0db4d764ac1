<?php
system("convert " . escapeshellarg($_POST['berkas']) . " hasil.png");
exec("date");
