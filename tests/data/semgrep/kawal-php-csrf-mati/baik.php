<?php
$config['csrf_protection'] = TRUE;
$middleware->append(CatatKunjungan::class);
